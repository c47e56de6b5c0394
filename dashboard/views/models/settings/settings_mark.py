"""What the settings of a project were when a form was filled, to notice that somebody else changed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.project import Project
from core.errors import Problem

Mark = Mapping[str, Any]


def settings_mark(project: Project) -> dict[str, Any]:
    """Return the settings as plain JSON, by what a person would call them."""
    metrics = {
        metric.name: [
            metric.label,
            *(metric.direction.value, metric.format.value, metric.unit, metric.authority.value),
            metric.name in project.primary,
            project.budgets.get(metric.name),
        ]
        for metric in project.metrics
    }
    return {
        "name": project.name,
        "description": project.description,
        "acceptable loss": project.acceptable_loss,
        "runs at once": project.most_running,
        "metrics": metrics,
    }


def conflicts(filled: Mark, project: Project) -> list[Problem]:
    """Return the problem that others have changed what the form was filled with; none where they have not.

    Metrics that were measured for the first time in the meantime are no conflict.
    """
    present = settings_mark(project)
    changed = [
        f"the {part}"
        for part in ("name", "description", "acceptable loss", "runs at once")
        if filled[part] != present[part]
    ]
    changed += [
        present["metrics"][name][0]
        for name, held in filled["metrics"].items()
        if name in present["metrics"] and held != present["metrics"][name]
    ]
    if not changed:
        return []
    message = f"Somebody else has changed {', '.join(changed)} in the meantime; nothing was saved."
    return [Problem("", message, "Reload the page to see it, and enter your changes again.")]
