"""A data folder is served once."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Misconfigured
from core.persistence.data_lock import held


def test_a_second_serve_on_a_data_folder_is_refused_by_name(tmp_path: Path) -> None:
    with held(tmp_path, "http://127.0.0.1:8050"):
        again = held(tmp_path, "http://127.0.0.1:8051")
        with (
            pytest.raises(Misconfigured, match=r"served by process \d+ at http://127.0.0.1:8050") as refused,
            again,
        ):
            pass
        assert "CNC_DATA_DIR" in refused.value.hint
    with held(tmp_path, "http://127.0.0.1:8051"):
        assert (tmp_path / "serve.lock").read_text().endswith(":8051")
