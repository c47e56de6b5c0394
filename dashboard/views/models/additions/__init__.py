"""The ways in which more comes in: a study, a base model, a project."""
