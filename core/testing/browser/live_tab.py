"""A browser's tab without a browser: asks and applies answers as `dashboard/assets/live.js` does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]


@dataclass
class Tab:
    """What a tab knows. wanted: parts that are shown, with what is asked of each."""

    wanted: Mapping[str, Mapping[str, Any]]
    marks: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)

    def question(self, *, fresh: bool = False) -> str:
        """Return the JSON to send to `/live`."""
        since = {name: {"since": mark} for name, mark in self.marks.items()}
        parts = {name: {**since.get(name, {}), **asked} for name, asked in self.wanted.items()}
        return json.dumps({"parts": parts, "fresh": True} if fresh else {"parts": parts})

    def take(self, answer: Mapping[str, Any]) -> None:
        """Bring the documents up to date."""
        for name, part in answer["parts"].items():
            if "full" in part:
                self.documents[name] = part["full"]
            else:
                self.documents[name] = applied(self.documents[name], part["delta"])
            self.marks[name] = part["mark"]


def applied(document: Document, delta: Mapping[str, Any]) -> Document:
    """Return the document that a delta leads to."""
    after = {**document, **delta.get("set", {})}
    for name, inner in delta.get("in", {}).items():
        after[name] = applied(document[name], inner)
    for name in delta.get("gone", ()):
        del after[name]
    return after


def overview_parts(project: str, *, x: str, y: str, **changed: Any) -> dict[str, dict[str, Any]]:
    """Return what a tab asks that shows the Overview as it opens, with two metrics on the axes.

    changed: `tab`, `plot`, `selection`, `filter`, `colour` or `everything` as people choose them.
    """
    all_models = {"project": project, "everything": changed.get("everything", False)}
    common = {"scheme": "light", **all_models}
    encoded = {"colour": changed.get("colour", y), "size": x, **common}
    text = {"filter": changed.get("filter", "")}
    parts: dict[str, dict[str, Any]] = {
        "shell": {"project": project},
        "overview-map": {"arrangement": "operation", **encoded},
        "overview-filter": {**all_models, **text},
    }
    if changed.get("plot") == "parallel":
        parts["overview-parallel"] = {"fields": [], "colour": encoded["colour"], **common}
    else:
        parts["overview-scatter"] = {"x": x, "y": y, "switches": ["front"], **text, **encoded}
    if changed.get("tab") == "table":
        parts["overview-table"] = {**all_models, **text}
    else:
        parts["overview-details"] = {"selection": list(changed.get("selection", ())), **common}
    return parts
