"""The life of a run keeps its promises on both databases."""

from core.testing.contracts.remade_models_contract import RemadeModelsContract
from core.testing.contracts.scheduling_contract import SchedulingContract


class TestRunLife(RemadeModelsContract):
    pass


class TestScheduling(SchedulingContract):
    pass
