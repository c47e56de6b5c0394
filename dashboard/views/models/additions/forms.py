"""The three ways in which more comes in: a study, a base model, a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.catalogue import Catalogue, SourceSpec
from core.domain.data.data_preview import DataSummary
from core.domain.model import Model
from core.domain.parameter.spec import ParameterSpec
from core.domain.project import Project
from core.services.imports.studies import TASK
from core.services.models.base_models import Training
from core.services.projects.quality_conditions import ProtocolRequest
from core.services.workers.workers import catalogue_mark
from dashboard.components.form.file_upload import Around, with_upload
from dashboard.components.form.form_fields import Field, FieldKind, fields
from dashboard.components.form.form_inputs import ComponentId
from dashboard.components.form.looking_again import looks_again
from dashboard.components.form.single_values import single_input
from dashboard.views.models.additions.quantized_form import quantized_part
from dashboard.views.models.additions.suitable_sources import suited_sources
from dashboard.views.models.archive.cards import bringing_in
from dashboard.views.models.ids import Ids, PatternIds
from dashboard.views.models.protocol.protocol_card import condition_inputs

UPLOAD_BYTES = 50_000_000
"""Studies larger than this come in by `compress-compare import`: the browser would hold them twice."""

TRAIN, IMPORT = "train", "import"

TRAINING = (
    Field("epochs", "Epochs", FieldKind.INTEGER, default=Training.epochs),
    Field("learning_rate", "Learning rate", FieldKind.NUMBER, default=Training.learning_rate),
    Field("batch_size", "Batch size", FieldKind.INTEGER, default=Training.batch_size),
    Field("max_steps", "Maximum updates (0: no limit)", FieldKind.INTEGER, default=Training.max_steps),
    Field("instances", "Training instances (0: all)", FieldKind.INTEGER, default=Training.instances),
)


def adding(
    catalogue: Catalogue,
    project: Project | None,
    made: Sequence[Model] = (),
    seen: Sequence[DataSummary] = (),
) -> list[Component]:
    """Return the forms; a base model needs a project, of which models were `made` and data were `seen`."""
    cards = [html.Div([_study(), bringing_in()], className="models-cards"), _project(catalogue)]
    if project is not None and project.task != TASK:
        sources = suited_sources(catalogue, project, made, seen)
        cards.insert(0, _base(sources, project.slug, catalogue_mark(catalogue), made))
    return [html.Div(cards, className=f"models-cards {'three' if len(cards) == 3 else 'two'}")]


def form(parameters: Iterable[ParameterSpec], part: PatternIds) -> list[Component]:
    """Return the inputs of parameters."""
    return inputs(fields(parameters), part)


def base_form(spec: SourceSpec, slug: str) -> list[Component]:
    """Return the inputs of a base model's fields, each in a row that can be hidden, and their marks.

    The browser keeps what was entered for each project and source until it is closed.
    """
    rows = [
        html.Div(
            _input(field, {"type": PatternIds.BASE, "name": field.name}, kept_as=f"{slug}/{spec.name}"),
            id={"type": PatternIds.BASE_ROW, "name": field.name},
        )
        for field in fields(spec.parameters)
    ]
    return [dcc.Store(id=Ids.BASE_MARKS, data=marks(spec.parameters)), *rows]


def marks(parameters: Iterable[ParameterSpec]) -> dict[str, dict[str, Any]]:
    """Return what fields mean, by name, as `base_form.js` reads it.

    weights: whether the field names trained weights. used_with: values of others beside which it counts.
    count: what it counts of the data and how many there are, where that is known.
    """
    return {
        about.name: {
            "weights": about.weights,
            "used_with": about.used_with,
            "count": [about.of_data, about.known_count] if about.known_count is not None else None,
        }
        for about in parameters
    }


def inputs(chosen: Sequence[Field], part: PatternIds, *, kept_as: str = "") -> list[Component]:
    """Return the inputs of fields; what is entered is kept by the browser under that name, if any."""
    return [_input(field, {"type": part, "name": field.name}, kept_as=kept_as) for field in chosen]


def _input(field: Field, component_id: ComponentId, *, kept_as: str = "") -> Component:
    entry = single_input(field, component_id=component_id)
    for name, value in _kept(kept_as).items():
        setattr(entry, name, value)
    if not field.uploads:
        return entry
    around = Around(blocks=Ids.BASE_ADD, changes={Ids.BASE_HOW: {"value": IMPORT}})
    return with_upload(entry, field, component_id=component_id, around=around)


def _kept(name: str) -> dict[str, Any]:
    """Return the properties of an input whose value the browser keeps under that name; empty for none."""
    return {"persistence": name, "persistence_type": "session"} if name else {}


def first(specs: Sequence[SourceSpec]) -> SourceSpec | None:
    """Return the source that a form opens with: the first that can be used."""
    return next((spec for spec in specs if not spec.unavailable), None)


def _study() -> Component:
    upload = dcc.Upload(
        [
            dmc.Button("Choose a file", variant="default"),
            html.Span("or drop it here: models.json or CSV", className="models-hint"),
        ],
        id=Ids.UPLOAD,
        className="models-upload",
        className_active="models-upload over",
        max_size=UPLOAD_BYTES,
    )
    return _card(
        "Import a study",
        "Figures of models that other tools made become a project: the map, the plots and the table work, "
        "and everything that needs weights or predictions says so.",
        [
            upload,
            dcc.Loading(html.Div(id=Ids.UPLOADED, role="status"), type="dot"),
            dmc.TextInput(id=Ids.IMPORT_NAME, label="Name of the new project", value="", size="xs"),
            _button("Import", Ids.IMPORT, disabled=True),
            html.Div(id=Ids.IMPORT_OUTCOME, role="status"),
        ],
    )


def _base(sources: Sequence[SourceSpec], slug: str, offered: str, made: Sequence[Model]) -> Component:
    chosen = first(sources)
    drawn: dict[str, Any] = {"data-source": chosen.name if chosen else ""}
    return _card(
        "Add a base model",
        "Where a provenance graph starts: trained here on the project's data, or with the weights that it "
        "comes with. It is evaluated and profiled when it is made.",
        [
            looks_again(Ids.BASE_LOOKED),
            dcc.Store(id=Ids.BASE_OFFERED, data=offered),
            dcc.Store(id=Ids.BASE_CHOSEN_BESIDE),
            dmc.TextInput(id=Ids.BASE_NAME, label="Name", value="", withAsterisk=True, **_kept(slug)),
            source_select(Ids.BASE_SOURCE, "Source", sources, chosen, kept_as=slug),
            html.Div(
                base_form(chosen, slug) if chosen else [],
                id=Ids.BASE_FIELDS,
                className="models-form",
                **drawn,
            ),
            quantized_part(made),
            html.Div(id=Ids.BASE_EXPECTED, role="status"),
            dmc.SegmentedControl(
                id=Ids.BASE_HOW,
                data=[
                    {"value": TRAIN, "label": "Train it here"},
                    {"value": IMPORT, "label": "Import its weights"},
                ],
                value=TRAIN,
                size="xs",
                **{"aria-label": "How its weights come about"},
                **_kept(slug),
            ),
            html.Div(
                inputs(TRAINING, PatternIds.TRAINING, kept_as=slug),
                id=Ids.BASE_TRAINING,
                className="models-form three",
            ),
            html.Div(
                [
                    dmc.TextInput(id=Ids.BASE_SEED, label="Seed", value="0", **_kept(slug)),
                    dmc.Select(
                        id=Ids.BASE_QUEUE,
                        label="Device",
                        data=[{"value": "cpu", "label": "CPU"}, {"value": "gpu", "label": "GPU"}],
                        value="cpu",
                        allowDeselect=False,
                        **_kept(slug),
                    ),
                ],
                className="models-form two",
            ),
            _button("Queue it", Ids.BASE_ADD, disabled=chosen is None),
            html.Div(id=Ids.BASE_OUTCOME, role="alert"),
        ],
    )


def _project(catalogue: Catalogue) -> Component:
    source = first(catalogue.data_sources)
    tasks = task_options(catalogue)
    return _card(
        "New project",
        "One task with its data; it holds every model that you make for it.",
        [
            looks_again(Ids.NEW_LOOKED),
            dcc.Store(id=Ids.NEW_OFFERED, data=catalogue_mark(catalogue)),
            dmc.TextInput(id=Ids.NEW_NAME, label="Name", value="", withAsterisk=True),
            dmc.Textarea(
                id=Ids.NEW_DESCRIPTION, label="Description", value="", autosize=True, minRows=1, size="xs"
            ),
            dmc.Select(
                id=Ids.NEW_TASK,
                label="Task",
                data=tasks,
                value=tasks[0]["value"] if len(tasks) == 1 else None,
                placeholder="What the models do",
                allowDeselect=False,
                withAsterisk=True,
            ),
            data_choice(Ids.NEW_SOURCE, Ids.NEW_EVERY, catalogue.data_sources, source),
            dmc.TextInput(
                id=Ids.NEW_DATASET,
                label="Name of the data set",
                value=source.name if source else "",
                withAsterisk=True,
            ),
            html.Div(
                form(source.parameters, PatternIds.DATASET) if source else [],
                id=Ids.NEW_FIELDS,
                className="models-form",
            ),
            _protocol(),
            _button("Create the project", Ids.NEW_CREATE, disabled=source is None),
            html.Div(id=Ids.NEW_OUTCOME, role="alert"),
        ],
    )


def task_options(catalogue: Catalogue) -> list[dict[str, str]]:
    """Return the entries of the choice among tasks."""
    return [{"value": task.name, "label": task.label} for task in catalogue.tasks]


def _protocol() -> Component:
    """Return the choice of the protocol, folded: the usual one suits most projects."""
    ids = (Ids.NEW_SPLIT, Ids.NEW_INSTANCES, Ids.NEW_PRECISION)
    hint = "It can be changed later. The first profile settles the device that times are taken on."
    return html.Details(
        [
            html.Summary("Measurement protocol: test split, all instances, float32"),
            html.P(hint, className="models-hint"),
            html.Div(condition_inputs(ProtocolRequest(), ids), className="models-form"),
        ],
        className="models-folded",
    )


def source_options(specs: Sequence[SourceSpec]) -> list[dict[str, Any]]:
    """Return the entries of a choice among sources."""
    return [
        {
            "value": spec.name,
            "label": f"{spec.label} \N{EM DASH} {spec.unavailable}" if spec.unavailable else spec.label,
            "disabled": bool(spec.unavailable),
        }
        for spec in specs
    ]


def data_choice(source: Ids, every: Ids, specs: Sequence[SourceSpec], chosen: SourceSpec | None) -> Component:
    """Return the choice among data sources that suit the task, with a switch that shows all of them."""
    switch = dmc.Switch(id=every, label="Show sources for other tasks", checked=False, size="xs")
    return html.Div([source_select(source, "Data", specs, chosen), switch], className="models-source")


def source_select(
    identity: Ids, label: str, specs: Sequence[SourceSpec], chosen: SourceSpec | None, *, kept_as: str = ""
) -> Component:
    """Return the choice among sources; those that cannot be used here say why."""
    return dmc.Select(
        id=identity,
        label=label,
        data=source_options(specs),
        value=chosen.name if chosen else None,
        allowDeselect=False,
        description=chosen.summary if chosen else None,
        inputWrapperOrder=["label", "input", "error", "description"],
        **_kept(kept_as),
    )


def _card(title: str, what: str, content: Sequence[Component]) -> Component:
    return html.Section(
        [
            html.H2(title, className="models-heading"),
            html.P(what, className="models-hint"),
            *content,
        ],
        className="models-card",
    )


def _button(text: str, identity: Ids, *, disabled: bool) -> Component:
    return dmc.Group([dmc.Button(text, id=identity, disabled=disabled)], justify="flex-end")
