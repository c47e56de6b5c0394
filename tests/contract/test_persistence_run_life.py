"""The life of a run keeps its promises on both databases."""

from core.testing.process_death_contract import ProcessDeathContract


class TestRunLife(ProcessDeathContract):
    pass
