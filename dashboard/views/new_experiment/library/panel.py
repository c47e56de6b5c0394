"""What the recipe library looks like: the bar above the recipes, and what it lists when it is opened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any, TypeVar

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from core.domain.saved.saved_recipe import RecipeVersion
from core.presentation.counts import counted
from core.services.recipes.presets import Offer
from dashboard.components.markup import labelled
from dashboard.views.new_experiment.ids import Ids, PatternIds

C = TypeVar("C", bound=Component)

PRESET = "preset"
SAVED = "saved"
MOST_BYTES = 1_000_000


def bar() -> Component:
    """Return the line above the recipes, with the two doors of the library."""
    return dmc.Group(
        [
            dmc.Text("Recipes", fw=600),
            dmc.Group([_taking(), _keeping()], gap="xs"),
        ],
        justify="space-between",
    )


def entries(offers: Sequence[Offer], saved: Sequence[RecipeVersion]) -> list[Component]:
    """Return the questions to start with, then what is kept in the project.

    saved: every version, the newest of a name first.
    """
    kept = [_kept(list(versions)) for _, versions in groupby(saved, key=lambda one: one.name)]
    nothing = html.P(
        "Nothing yet. Keep what you build here, to use and compare it later.", className="library-dim"
    )
    return [
        html.H3("To start with"),
        *map(_preset, sorted(offers, key=lambda offer: not offer.recipes)),
        html.H3("Kept in this project"),
        *(kept or [nothing]),
    ]


def version_id(name: Any) -> dict[str, Any]:
    """Return the id of the choice of a version."""
    return {"type": PatternIds.VERSION, "name": name}


def pressed(component: C, store: Ids, **what: str) -> C:
    """Have a press on a component written into a Store, see `assets/new_experiment/library.js`.

    Its own counter of presses would be lost while Dash is still taking up the list.
    """
    setattr(component, "data-press", json.dumps({"store": store.value, **what}))
    return component


def _taking() -> Component:
    upload = dcc.Upload(
        html.Button("Open a YAML file\N{HORIZONTAL ELLIPSIS}", type="button", className="library-file"),
        id=Ids.LIBRARY_FILE,
        max_size=MOST_BYTES,
    )
    panel = html.Div(
        [
            *(dcc.Store(id=store) for store in (Ids.TAKE, Ids.COMPARED, Ids.FORGET)),
            html.Div(id=Ids.LIBRARY_LIST, className="library-list"),
            html.Pre(id=Ids.DIFFERENCE, className="library-difference", tabIndex=0),
            upload,
            html.Div(id=Ids.LIBRARY_WRONG, role="alert", className="library-wrong"),
        ],
        className="library",
    )
    return _popover(Ids.TAKING, Ids.LIBRARY, "Take a recipe", panel)


def _keeping() -> Component:
    panel = html.Div(
        [
            dmc.TextInput(
                id=Ids.KEEP_NAME,
                label="Name",
                value="",
                description="A name that is taken gets another version.",
                inputWrapperOrder=["label", "input", "error", "description"],
            ),
            dmc.TextInput(id=Ids.KEEP_NOTE, label="Note", value="", placeholder="What is new in it?"),
            dcc.Download(id=Ids.DOWNLOAD),
            dmc.Group(
                [
                    dmc.Button("Download as YAML", id=Ids.KEEP_FILE, variant="default"),
                    dmc.Button("Keep", id=Ids.KEEP_SAVE),
                ],
                justify="space-between",
            ),
        ],
        className="library library-keep",
    )
    return _popover(Ids.KEEPING, Ids.KEEP, "Keep these", panel)


def _popover(identity: Ids, button: Ids, text: str, panel: Component) -> Component:
    return dmc.Popover(
        id=identity,
        children=[
            dmc.PopoverTarget(dmc.Button(text, id=button, variant="default", size="compact-xs")),
            dmc.PopoverDropdown(panel),
        ],
        position="bottom-end",
        width=460,
        keepMounted=True,
        trapFocus=True,
    )


def _preset(offer: Offer) -> Component:
    told = [html.B(offer.preset.label), html.Span(offer.preset.question)]
    if offer.left_out:
        without = len(offer.preset.recipes) - len(offer.recipes)
        left = "Does not suit" if not offer.recipes else f"Without {counted(without, 'recipe')}"
        told.append(html.Span(f"{left}: {offer.left_out[0]}", className="library-dim"))
    button = html.Button(told, type="button", disabled=not offer.recipes, className="library-preset")
    return pressed(button, Ids.TAKE, kind=PRESET, name=offer.preset.name)


def _kept(versions: Sequence[RecipeVersion]) -> Component:
    newest = versions[0]
    options = [{"value": str(one.version), "label": _version(one)} for one in versions]
    version = dmc.Select(
        id=version_id(newest.name),
        data=options,
        value=str(newest.version),
        allowDeselect=False,
        size="xs",
        comboboxProps={"withinPortal": False},
        **{"aria-label": f"Version of {newest.name}"},
    )
    name = newest.name
    sign = html.Button("\N{MULTIPLICATION SIGN}", type="button", className="library-forget")
    forget = labelled(sign, f"Delete the recipe {name}")
    buttons = [
        pressed(html.Button("Take", type="button"), Ids.TAKE, kind=SAVED, name=name),
        pressed(html.Button("Differences", type="button"), Ids.COMPARED, name=name),
        pressed(forget, Ids.FORGET, name=name),
    ]
    head = html.Div([html.B(newest.name, title=newest.name), html.Div(buttons, className="library-buttons")])
    return html.Div([head, version], className="library-kept")


def _version(one: RecipeVersion) -> str:
    parts = (f"version {one.version}", f"{one.created_at:%Y-%m-%d %H:%M} UTC", one.author, one.note)
    return " \N{MIDDLE DOT} ".join(part for part in parts if part)
