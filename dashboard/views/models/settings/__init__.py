"""The settings of a project: name, metrics, budgets."""
