"""Buttons that act on models; `assets/overview/actions.js` carries them out in the browser."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash.development.base_component import Component

from core.domain.ids import ModelId


def queue_from(model_ids: Sequence[ModelId]) -> Component:
    """Return the button that opens the new-experiment drawer with these models as bases."""
    ids = ".".join(str(model_id) for model_id in model_ids)
    return dmc.Button("Queue from here", variant="light", **{"data-queue-from": ids})
