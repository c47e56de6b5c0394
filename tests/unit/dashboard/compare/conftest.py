"""A project with a base model over SQLite."""

from core.testing.projects.project_fixtures import app, base, clock, laboratory, project

__all__ = ["app", "base", "clock", "laboratory", "project"]
