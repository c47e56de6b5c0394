"""The Compare page: what compression did to the predictions of models."""
