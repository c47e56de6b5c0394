"""The priorities that people choose from; the services take any number in between."""

from __future__ import annotations

PRIORITIES = {100: "First", 0: "Normal", -100: "Last"}
