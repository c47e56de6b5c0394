"""How models expect images to be prepared, said beside the forms of data and of base models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.domain.catalogue import SourceSpec
from core.domain.model import Source
from core.domain.project import Dataset, Project
from core.domain.recipe import show_value
from core.errors import UnknownName
from core.presentation.labels import in_sentence
from core.services.application import Application
from core.services.data_setup.datasets import DatasetRequest, kept_because
from core.services.data_setup.preprocessing import ProposedPreprocessing, proposed_preprocessing
from core.services.projects import projects
from core.services.workers import workers
from dashboard.components.form.form_fields import fields
from dashboard.components.form.single_values import counting, read_values
from dashboard.ids import ShellIds
from dashboard.views.models.data.data_card import data_id
from dashboard.views.models.form_problems import values_of
from dashboard.views.models.ids import Ids, PatternIds

_DATA = data_id(PatternIds.DATA, ALL, name=ALL)
_SAID = data_id(PatternIds.DATA_EXPECTED, ALL)
_SET = {"type": PatternIds.SET_VALUE, "name": ALL}
_BASE = {"type": PatternIds.BASE, "name": ALL}


def register(app: Dash, product: Application) -> None:
    """Wire the three forms: data of the project, another data set, a base model."""

    @app.callback(
        Output(_SAID, "children"),
        Input(_DATA, "value"),
        State(_DATA, "id"),
        State(_SAID, "id"),
        State(ShellIds.PROJECT, "data"),
    )
    def _data(values: Sequence[Any], ids: Sequence[Any], places: Sequence[Any], slug: str) -> list[Any]:
        if not places:
            raise PreventUpdate
        project = projects.get_project(product, slug)
        held = list(zip(ids, values, strict=True))
        return [_of_data(product, project, int(place["dataset"]), held) for place in places]

    @app.callback(
        Output(Ids.SET_EXPECTED, "children"),
        Input(_SET, "value"),
        State(_SET, "id"),
        State(Ids.SET_SOURCE, "value"),
        State(ShellIds.PROJECT, "data"),
    )
    def _another(values: Sequence[Any], ids: Sequence[Any], source: str | None, slug: str) -> Any:
        if not source:
            raise PreventUpdate
        project = projects.get_project(product, slug)
        entered = {each["name"]: value for each, value in zip(ids, values, strict=True)}
        return data_expected(product, project, source, entered, lambda name: {**_SET, "name": name})

    @app.callback(
        Output(Ids.BASE_EXPECTED, "children"),
        Input(_BASE, "value"),
        State(_BASE, "id"),
        State(Ids.BASE_SOURCE, "value"),
        State(ShellIds.PROJECT, "data"),
    )
    def _base(values: Sequence[Any], ids: Sequence[Any], source: str | None, slug: str) -> Any:
        if not source:
            raise PreventUpdate
        known = workers.catalogue(product).model_source(source).parameters
        parameters, _ = read_values(known, counting(known, values_of(ids, values)))
        return base_expected(product, projects.get_project(product, slug), Source(source, parameters))


def data_expected(
    product: Application,
    project: Project,
    source: str,
    entered: Mapping[str, Any],
    identity: Callable[[str], Mapping[str, Any]],
) -> list[Component]:
    """Return what a project's models expect of data, with a button that enters it; nothing if it is so."""
    spec = workers.catalogue(product).data_source(source)
    values, _ = read_values(spec.parameters, entered)
    request = DatasetRequest("", source, values)
    proposals = [each for each in proposed_preprocessing(product, project.id, request) if each.differing]
    return [_notice(each, spec, identity) for each in proposals]


def base_expected(product: Application, project: Project, base: Source) -> list[Component]:
    """Return what a base model that is not made yet expects, for each data set that is prepared otherwise."""
    return [
        html.P(_against(product, proposal, dataset), className="models-expected")
        for dataset in project.datasets
        for proposal in proposed_preprocessing(product, project.id, dataset, base=base)
        if proposal.differing
    ]


def _of_data(
    product: Application, project: Project, number: int, held: Sequence[tuple[Any, Any]]
) -> list[Component]:
    dataset = next((each for each in project.datasets if int(each.id) == number), None)
    if dataset is None:
        return []
    entered = {each["name"]: value for each, value in held if each["dataset"] == number}
    try:
        return data_expected(
            product,
            project,
            dataset.source,
            entered,
            lambda name: data_id(PatternIds.DATA, number, name=name),
        )
    except UnknownName:
        return []


def _notice(
    proposal: ProposedPreprocessing, spec: SourceSpec, identity: Callable[[str], Mapping[str, Any]]
) -> Component:
    fills = [[dict(identity(name)), show_value(value)] for name, value in proposal.differing.items()]
    button = html.Button("Use these values", type="button", className="models-fill")
    setattr(button, "data-fills", json.dumps(fills))
    models = ", ".join(proposal.models)
    verb = "expects" if len(proposal.models) == 1 else "expect"
    said = f"{models} {verb} images prepared otherwise: {words(proposal.differing, spec)}. "
    return html.P([said, button], className="models-expected")


def _against(product: Application, proposal: ProposedPreprocessing, dataset: Dataset) -> str:
    spec = workers.catalogue(product).data_source(dataset.source)
    kept = kept_because(product, dataset)
    where = "Add a data set with these values" if kept else f"Change {dataset.name}"
    return (
        f"The weights expect images prepared otherwise than {dataset.name}: "
        f"{words(proposal.differing, spec)}. {where} on the tab Data."
    )


def words(values: Mapping[str, Any], spec: SourceSpec) -> str:
    """Return values by the labels of their fields, e.g. `size 224, mean (0.5, 0.5, 0.5)`."""
    labels = {field.name: in_sentence(field.label) for field in fields(spec.parameters)}
    return ", ".join(f"{labels.get(name, name)} {_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    return f"({show_value(value)})" if isinstance(value, list) else show_value(value)
