"""The data of a project: a form while no model was evaluated on them, afterwards what they are and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.comparison.naming.step_words import blank
from core.domain.catalogue import Catalogue
from core.domain.parameter.choices import choice_words, zero_words
from core.domain.parameter.spec import ParameterSpec
from core.domain.project import LOGGED, Dataset, Project
from core.domain.recipe import value_with_unit
from core.errors import UnknownName
from core.presentation.labels import from_name
from core.services.application import Application
from core.services.data_setup.datasets import kept_because
from core.services.imports.studies import TASK
from dashboard.components.facts import facts
from dashboard.components.form.form_fields import fields
from dashboard.components.form.single_values import single_input
from dashboard.views.models.ids import PatternIds

_KNOWN_FROM_PREDICTIONS = (
    "Programs that logged models gave label and prediction of every instance. No worker can read the data, "
    "so nothing is evaluated here: log further models with predictions of the same instances."
)


def data_card(product: Application, project: Project, catalogue: Catalogue) -> Component:
    """Return the card with every data set of the project."""
    shown = [part for dataset in project.datasets for part in _dataset(product, dataset, catalogue)]
    none = [html.P(_no_data(project), className="models-hint")]
    return html.Section(
        [html.H2("Data", className="models-heading"), *(shown or none)], className="models-card"
    )


def data_id(part: PatternIds, dataset: object, **more: object) -> dict[str, Any]:
    """Return the id of a part of a data set's form; `dash.ALL` stands for every data set."""
    return {"type": part, "dataset": dataset, **more}


def _dataset(product: Application, dataset: Dataset, catalogue: Catalogue) -> list[Component]:
    heading = html.H3(dataset.name, className="models-subheading")
    if dataset.source == LOGGED:
        return [heading, _said(_KNOWN_FROM_PREDICTIONS)]
    try:
        source = catalogue.data_source(dataset.source)
    except UnknownName:
        return [heading, _facts(dataset, dataset.source, ()), _said("Start a worker to change them.")]
    asked = fields(source.parameters)
    kept = kept_because(product, dataset)
    if kept or not asked:
        told = [_said(kept)] if kept and asked else []
        return [heading, _facts(dataset, source.label, source.parameters), *told]
    inputs = [
        single_input(
            replace(field, default=dataset.parameters.get(field.name, field.default), required=False),
            component_id=data_id(PatternIds.DATA, int(dataset.id), name=field.name),
        )
        for field in asked
    ]
    save = dmc.Button("Save the data", id=data_id(PatternIds.DATA_SAVE, int(dataset.id)), variant="default")
    outcome = html.Div(id=data_id(PatternIds.DATA_OUTCOME, int(dataset.id)), role="alert")
    return [
        heading,
        _said(f"{source.label}. It can be put right until a model is evaluated on it."),
        html.Div(inputs, className="models-form"),
        html.Div(id=data_id(PatternIds.DATA_EXPECTED, int(dataset.id)), role="status"),
        dmc.Group([save], justify="flex-end"),
        outcome,
    ]


def _facts(dataset: Dataset, source: str, known: Sequence[ParameterSpec]) -> Component:
    """Return the parameters in words, without those that were left empty."""
    rows = [("source", source)]
    by_name = {about.name: about for about in known}
    for name, value in dataset.parameters.items():
        about = by_name.get(name)
        label = about.running_label if about else from_name(name)
        if not blank(value):
            zero = zero_words(about) if about and value == 0 and not isinstance(value, bool) else ""
            rows.append((label, zero or value_with_unit(choice_words(value, about), about)))
    return facts(rows)


def _said(text: str) -> Component:
    return html.P(text, className="models-hint")


def _no_data(project: Project) -> str:
    if project.task == TASK:
        return (
            "This project was imported: it has the figures of the file, and neither data nor weights. So "
            "layers cannot be looked at, and runs cannot start from its models."
        )
    return "This project has no data set, so its models cannot be evaluated."
