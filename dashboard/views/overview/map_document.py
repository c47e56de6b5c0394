"""The model map with what is said around it: as the poll brings it, and at once on a page of few models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from dashboard.figures.map_style import stylesheet
from dashboard.figures.model_map import Scene
from dashboard.projects.snapshot import Snapshot
from dashboard.theme import theme_of
from dashboard.views.overview import drawing
from dashboard.views.overview.emptiness import no_models
from dashboard.views.overview.legend import legend
from dashboard.views.overview.state import State

MOST_AT_ONCE = 300
"""Models up to which the map comes with the page; more would come twice, with the page and with the poll."""


@dataclass(frozen=True)
class Look:
    """How the map is drawn, as the controls say it; `everything`: also what is left out at first."""

    scheme: str
    colour: str
    size: str
    arrangement: str
    everything: bool = False


@dataclass(frozen=True)
class MapDocument:
    """What the map draws, its legend, and what stands in its place where there is none."""

    scene: Scene
    legend: list[Component]
    empty: Component | None


@dataclass(frozen=True)
class FirstMap:
    """A map that comes with the page, and the rules for its looks."""

    document: MapDocument
    stylesheet: list[dict[str, Any]]


def map_document(every: Snapshot, look: Look) -> MapDocument:
    """Return the map of a project."""
    now = every.shown(everything=look.everything).with_variables
    encoding = drawing.encoding_of(now, theme_of(look.scheme), look.colour, look.size)
    scene: Mapping[str, Any] = drawing.scene_of(now, encoding, look.arrangement)
    away = [] if look.everything else [str(model_id) for model_id in sorted(every.away)]
    told = legend(encoding, now.models, now.project)
    return MapDocument({**scene, "away": away}, told, no_models(every))


def first_map(every: Snapshot, state: State, scheme: str | None) -> FirstMap | None:
    """Return the map to send with the page; None where it is large, or light or dark is not known yet."""
    if scheme is None or len(every.models) > MOST_AT_ONCE:
        return None
    look = Look(scheme, state.colour, state.size, state.arrangement.value, state.everything)
    return FirstMap(map_document(every, look), stylesheet(theme_of(scheme)))
