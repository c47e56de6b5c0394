"""Hand models over to an MLflow server as runs, and read the runs of an experiment as a study."""
