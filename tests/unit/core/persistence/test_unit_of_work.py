"""Units of work say whether they write."""

from contextlib import closing

import pytest

from core.persistence.database import open_database


def test_one_that_was_opened_for_reading_does_not_commit(tmp_path):
    units = open_database(f"sqlite:///{tmp_path / 'one.db'}")
    with closing(units), units() as uow, pytest.raises(RuntimeError, match="opened for reading"):
        uow.commit()
