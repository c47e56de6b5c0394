"""The life of a run keeps its promises on both databases."""

from core.testing.run_life_contract import RunLifeContract


class TestRunLife(RunLifeContract):
    pass
