"""What is said to be built in, before any worker has connected, is what workers publish."""

from __future__ import annotations

import json

from core.execution.catalogue import catalogue
from core.execution.registries import load_built_in
from core.services.workers.built_in import FILE, as_json

RENEW = "Run: python -m core.execution.built_in"


def test_the_built_in_catalogue_is_that_of_a_worker() -> None:
    load_built_in()
    written, published = json.loads(FILE.read_text()), json.loads(as_json(catalogue()))
    for part, entries in published.items():
        assert written[part] == entries, f"{part} differ. {RENEW}"
    assert len(written["techniques"]) > 20
