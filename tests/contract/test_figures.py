"""Figures are derived alike on SQLite and on Postgres."""

from core.testing.contracts.figures_contract import FiguresContract


class TestFigures(FiguresContract):
    """See the contract."""
