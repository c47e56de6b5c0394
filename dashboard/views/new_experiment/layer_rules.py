"""The layer rules of a step: fields of regular expressions above the table of modules that they match."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import grid as grids
from dashboard.components.grid import GridTexts
from dashboard.views.new_experiment.entries import overrides
from dashboard.views.new_experiment.entries.draft import StepDraft
from dashboard.views.new_experiment.ids import PatternIds


def layer_rules(step: StepDraft) -> Component:
    """Return the rules, folded unless there are any; the table is filled when they are unfolded."""
    unfolded = step.unfolded or bool(step.include or step.exclude or step.overrides)
    summary = html.Summary(
        "Layer rules", id={"type": PatternIds.MODULES_SHOWN, "uid": step.uid}, n_clicks=1 if unfolded else 0
    )
    return html.Details(
        [summary, dmc.SimpleGrid(_fields(step), cols=2, spacing="sm"), _different(step), *_modules(step.uid)],
        open=unfolded,
        className="step-rules",
    )


def _fields(step: StepDraft) -> list[Component]:
    texts = {
        "include": (step.include, "Only layers matching", "all layers"),
        "exclude": (step.exclude, "Never layers matching", "none"),
    }
    return [
        dmc.Textarea(
            id={"type": PatternIds.RULE, "uid": step.uid, "name": name},
            label=label,
            value=text,
            placeholder=empty,
            description=r"Regular expressions, one per line, e.g. ^stem or conv\d",
            inputWrapperOrder=["label", "input", "error", "description"],
            autosize=True,
            maxRows=6,
            size="xs",
        )
        for name, (text, label, empty) in texts.items()
    ]


def _different(step: StepDraft) -> Component:
    return dmc.Textarea(
        id={"type": PatternIds.RULE, "uid": step.uid, "name": "overrides"},
        label="Other values for layers matching",
        value=step.overrides,
        placeholder="none",
        description=f"A pattern and its values per line, e.g. {overrides.EXAMPLE}",
        inputWrapperOrder=["label", "input", "error", "description"],
        autosize=True,
        maxRows=6,
        size="xs",
    )


def _modules(uid: int) -> list[Component]:
    def part(name: PatternIds) -> dict[str, str | int]:
        return {"type": name, "uid": uid}

    head = html.Div(
        [
            html.Div(id=part(PatternIds.MODULES_COUNT), className="modules-count", role="status"),
            dmc.TextInput(
                id=part(PatternIds.MODULES_SEARCH), value="", placeholder="Search modules", w=150,
                **{"aria-label": "Search modules"},
            ),
        ],
        className="modules-head",
    )  # fmt: skip
    buttons = [
        dmc.Button(text, id=part(name), variant="default", size="compact-xs", disabled=True)
        for text, name in (
            ("Only the ticked", PatternIds.MODULES_ONLY),
            ("Never the ticked", PatternIds.MODULES_NEVER),
            ("Other values for the ticked", PatternIds.MODULES_DIFFERENT),
        )
    ]
    return [
        dcc.Store(id=part(PatternIds.MODULES_REACH)),
        head,
        html.Div(_grid(part(PatternIds.MODULES)), className="modules-frame"),
        html.Div([html.Div(id=part(PatternIds.MODULES_ABOUT)), *buttons], className="modules-foot"),
    ]


def _grid(identity: dict[str, str | int]) -> Component:
    columns = [
        {"field": "name", "headerName": "Module", "flex": 1, "minWidth": 112, "tooltipField": "name"},
        {"field": "kind", "headerName": "Type", "width": 84, "tooltipField": "kind"},
        {"field": "parameters", "headerName": "Parameters", "width": 90, "type": "rightAligned",
         "valueFormatter": {"function": "moduleParameters(params)"}},
        {"field": "share", "headerName": "File", "width": 58, "type": "rightAligned",
         "headerTooltip": "Share of the model's file", "valueFormatter": {"function": "moduleShare(params)"}},
        {"field": "loss", "headerName": "Loss", "width": 68, "type": "rightAligned",
         "headerTooltip": "Change of the loss if this step changed that module alone, where it was measured "
         "with the first value of each parameter",
         "valueFormatter": {"function": "moduleLoss(params)"}},
        {"field": "reach", "headerName": "In this step", "width": 100, "sortingOrder": ["desc", "asc"],
         "headerTooltip": "A press takes a module in or leaves it out; the rules above follow",
         "cellClass": "module-reach", "valueFormatter": {"function": "moduleReach(params)"}},
    ]  # fmt: skip
    return grids.grid(
        identity,
        columns,
        GridTexts("No module is known yet.", "No module has such a name or type.", "Loading the modules"),
        options={
            "selectionColumnDef": {"width": 36},
            "rowClassRules": {
                "module-left": "params.data && params.data.reach < 2",
                "module-out": "params.data && params.data.reach < 1",
            },
            "rowHeight": 26,
            "headerHeight": 28,
        },
    )
