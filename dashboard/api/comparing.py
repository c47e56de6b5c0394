"""Comparisons of models: every metric, predictions by group, and the sentence of the Overview."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.domain.ids import ModelId
from core.errors import UnknownName
from core.services.application import Application
from core.services.behaviour.behaviour import behaviour
from core.services.comparison.metrics import compare_metrics
from core.services.comparison.summaries import compare
from core.services.rows.comparing import (
    BehavioursRow,
    ComparisonRow,
    SentenceRow,
    behaviours_row,
    comparison_row,
    sentence_row,
)
from dashboard.api.routes import Given, Routes

routes = Routes("comparisons")
_Id = Annotated[int, Field(ge=1, le=2**53)]


class ModelsQuery(Given):
    """Which models."""

    model: list[_Id] = Field(min_length=1, max_length=1000, description="Ids, one parameter for each.")


class AgainstQuery(Given):
    """Which models, against which."""

    model: list[_Id] = Field(min_length=1, max_length=16, description="Ids, one parameter for each.")
    baseline: _Id | None = Field(None, description="Default: the nearest common ancestor.")


class GroupsQuery(AgainstQuery):
    """Which models, against which, and which groups."""

    by: str | None = Field(None, max_length=200, description="A column, e.g. class; default: no groups.")


@routes.get("/comparisons/sentence")
def get_sentence(app: Application, query: ModelsQuery) -> SentenceRow:
    """Say what models of one project show, in the sentence that the Overview writes about them."""
    return sentence_row(compare(app, [ModelId(one) for one in query.model]))


@routes.get("/comparisons/metrics")
def get_comparison(app: Application, query: AgainstQuery) -> ComparisonRow:
    """Compare every metric of models with a baseline: changes, intervals, recovery and verdicts."""
    return comparison_row(compare_metrics(app, *_chosen(query)))


@routes.get("/comparisons/predictions")
def get_behaviours(app: Application, query: GroupsQuery) -> BehavioursRow:
    """Compare what models predict for each instance with a baseline, by group if a column is named."""
    found = behaviour(app, *_chosen(query))
    if query.by is not None and query.by not in found.comparison.tables:
        raise UnknownName("column", query.by, found.comparison.tables)
    return behaviours_row(found, query.by)


def _chosen(query: AgainstQuery) -> tuple[list[ModelId], ModelId | None]:
    baseline = None if query.baseline is None else ModelId(query.baseline)
    return [ModelId(one) for one in query.model], baseline
