"""An application over SQLite with a worker that plays, and a project with a base model that is made."""

from core.testing.projects.project_fixtures import app, base, clock, laboratory, project

__all__ = ["app", "base", "clock", "laboratory", "project"]
