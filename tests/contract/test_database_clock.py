"""A machine whose clock is an hour off works with the time of the database server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.persistence.database import create_engine
from core.persistence.database_clock import DatabaseClock


class Wrong:
    """A clock that is off."""

    def __init__(self, off: timedelta) -> None:
        self.off = off

    def now(self) -> datetime:
        return datetime.now(UTC) + self.off


@pytest.mark.parametrize("hours", [-1, 1], ids=["slow", "fast"])
def test_a_wrong_clock_is_corrected(postgres_url: str, hours: int) -> None:
    engine = create_engine(postgres_url)
    clock = DatabaseClock(engine, Wrong(timedelta(hours=hours)))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=30)
    engine.dispose()


def test_a_right_clock_is_left_alone_and_a_server_that_is_away_costs_nothing() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    local = Wrong(timedelta(hours=1))
    clock = DatabaseClock(engine, local)
    assert abs(clock.now() - local.now()) < timedelta(seconds=30)
    engine.dispose()
