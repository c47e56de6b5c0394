"""The life of a run keeps its promises on both databases."""

from core.testing.contracts.remade_models_contract import RemadeModelsContract


class TestRunLife(RemadeModelsContract):
    pass
