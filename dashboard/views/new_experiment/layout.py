"""What the New experiment drawer looks like before anything is entered."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.queue.priorities import PRIORITIES
from dashboard.components.form.looking_again import looks_again
from dashboard.views.new_experiment.ids import Ids
from dashboard.views.new_experiment.library import panel as library
from dashboard.views.new_experiment.search.layout import selection


def drawer() -> Component:
    """Return the closed drawer; it stays mounted, so that what is entered survives closing it."""
    return html.Div(
        [
            dcc.Store(id=Ids.DRAFT),
            dcc.Store(id=Ids.PRESSES),
            dcc.Store(id=Ids.TOUCHED),
            looks_again(Ids.LOOKED),
            dcc.Store(id=Ids.WORKERS),
            dmc.Drawer(
                id=Ids.DRAWER,
                title="New experiment",
                position="right",
                size=680,
                keepMounted=True,
                closeButtonProps={"aria-label": "Close"},
                className="new-experiment",
                children=[html.Div(_fields(), className="new-experiment-fields"), _foot()],
            ),
        ]
    )


def _fields() -> list[Component]:
    return [
        html.Div(id=Ids.NOTICE),
        # Without data, dmc renders these two over and over.
        dmc.Select(id=Ids.PROJECT, label="Project", data=[], allowDeselect=False),
        dmc.MultiSelect(
            id=Ids.BASES,
            data=[],
            label="Start from",
            placeholder="Choose base models",
            description="Every recipe is applied to each of them. A model still being made can be chosen.",
            inputWrapperOrder=["label", "input", "error", "description"],
            searchable=True,
            clearable=True,
            hidePickedOptions=True,
            nothingFoundMessage="No model of this name",
            limit=200,
            value=[],
        ),
        library.bar(),
        html.Div(id=Ids.EDITOR, className="recipes"),
        selection(),
        dmc.SimpleGrid(
            [
                dmc.TextInput(id=Ids.NAME, label="Name", placeholder="How sparse can it get?", value=""),
                dmc.TextInput(
                    id=Ids.SEEDS,
                    label="Seeds",
                    value="0",
                    description="One, a list or a range; techniques without chance are made once.",
                    inputWrapperOrder=["label", "input", "error", "description"],
                ),
                dmc.Textarea(id=Ids.NOTE, label="Note", value="", autosize=True, minRows=1, size="xs"),
                dmc.Select(id=Ids.QUEUE, label="Device", data=["cpu"], value="cpu", allowDeselect=False),
                dmc.TextInput(
                    id=Ids.GIVE_UP,
                    label="Give up early, points below the budget",
                    placeholder="Never",
                    value="",
                    description="Skips the steps after a model that misses a budget on quality by more. "
                    "Each step then waits for the evaluation of the one before.",
                    inputWrapperOrder=["label", "input", "error", "description"],
                ),
                dmc.Select(
                    id=Ids.PRIORITY,
                    label="Priority",
                    data=[{"value": str(number), "label": label} for number, label in PRIORITIES.items()],
                    value="0",
                    allowDeselect=False,
                ),
            ],
            cols=2,
            spacing="sm",
            verticalSpacing="xs",
        ),
    ]


def _foot() -> Component:
    return html.Div(
        [
            html.Div(id=Ids.PREVIEW, role="status"),
            html.Details(
                [html.Summary("Each model"), html.Div(id=Ids.EACH_MODEL, className="plan-each", tabIndex=0)],
                id=Ids.EACH,
                style={"display": "none"},
            ),
            dmc.Checkbox(id=Ids.CONFIRMED, checked=False, label="", size="xs", style={"display": "none"}),
            dmc.Group(
                [
                    dmc.Button("Clear", id=Ids.CLEAR, variant="subtle", color="gray"),
                    dmc.Group(
                        [
                            dmc.Text("Ctrl + Enter", size="xs", c="dimmed"),
                            dmc.Button("Queue", id=Ids.SUBMIT, disabled=True),
                        ],
                        gap="sm",
                    ),
                ],
                justify="space-between",
            ),
        ],
        className="new-experiment-foot",
    )
