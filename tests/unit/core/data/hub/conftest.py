"""A hub on this machine, which the data sources of a test ask."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from huggingface_hub import constants

from core.data.hub.hub import Hub
from core.testing.servers.hub_server import HubServer, parquet_bytes

CARD = b"""---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: validation
    path: data/validation-*
---
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub with the data set `org/texts`, whose files the test keeps in a cache of its own."""
    good, bad = {"sentence": "good", "label": 1}, {"sentence": "bad", "label": 0}
    names = ["bad", "good"]
    with HubServer() as server:
        here = partial(Hub, endpoint=server.url, cache=tmp_path / "cache")
        monkeypatch.setattr("core.data.hub.rows.Hub", here)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        server.put(
            "org/texts",
            {
                "README.md": CARD,
                "data/train-00000-of-00002.parquet": parquet_bytes([good], names),
                "data/train-00001-of-00002.parquet": parquet_bytes([bad], names),
                "data/validation-00000-of-00001.parquet": parquet_bytes([good, bad], names),
            },
        )
        yield server
