"""A process that falls silent within a transaction holds up nobody for longer than it may be silent."""

import pytest
import sqlalchemy as sa

from core.domain.ids import ModelId
from core.errors import Unavailable
from core.persistence.database import create_engine
from core.persistence.unit_of_work import UnitOfWorkFactory, explanation
from core.testing.migrated import migrate

TOUCH = sa.text("UPDATE locked SET number = number + 1")


def test_postgres_ends_a_silent_transaction_and_frees_its_locks(postgres_url):
    silent, other = create_engine(postgres_url, silence_s=1.0), create_engine(postgres_url)
    migrate(other)
    with other.begin() as connection:
        connection.execute(sa.text("CREATE TABLE locked (number integer)"))
        connection.execute(sa.text("INSERT INTO locked VALUES (1)"))
    with silent.connect() as stopped:
        stopped.execute(TOUCH)
        with other.begin() as connection:
            connection.execute(TOUCH)  # waits until the other transaction was ended
        with pytest.raises(sa.exc.DBAPIError, match="idle-in-transaction") as caught:
            stopped.execute(TOUCH)
        assert isinstance(explanation(caught.value), Unavailable)
        stopped.invalidate()
    with other.connect() as connection:
        assert connection.execute(sa.text("SELECT number FROM locked")).scalar_one() == 2
    units = UnitOfWorkFactory(silent)
    with units() as read:  # ends without an error, as it has written nothing
        read.models.get([ModelId(1)])
        with other.connect() as connection:
            connection.execute(sa.text("SELECT pg_sleep(1.5)"))
    silent.dispose()
    other.dispose()
