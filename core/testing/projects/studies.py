"""A small study in the format of the original tool, with the oddities that real ones have."""

from __future__ import annotations

from typing import Any

STUDY: dict[str, Any] = {
    "operations": [{"name": "prune", "parameters": ["amount"]}],
    "metrics": [{"name": "Accuracy", "primary": True, "format": ".1%"}, {"name": "Size"}],
    "models": [
        {"id": "base", "base": None, "operation": None, "metrics": {"Accuracy": 0.9, "Size": 1000}},
        {
            "id": "small",
            "base": "base",
            "operation": {"name": "prune", "parameters": {"amount": 0.5}},
            "metrics": {"Accuracy": 0.8, "Size": None},
        },
    ],
}
