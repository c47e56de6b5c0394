"""Which addresses name a run."""

import pytest

from dashboard.views.queue.feeds import run_id_of


def test_an_id_is_read() -> None:
    assert run_id_of("157") == 157


@pytest.mark.parametrize("opened", [None, "", "abc", "-1", "1.5", "²", "٣", "9" * 30, "1\n"])
def test_anything_else_names_no_run(opened: str | None) -> None:
    assert run_id_of(opened) is None
