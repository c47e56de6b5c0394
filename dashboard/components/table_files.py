"""Buttons that download a table of models as JSON or Parquet, beside the one for CSV, and their files."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash.development.base_component import Component

from core.domain.model import Model
from core.domain.project import Project
from core.services.application import Application
from core.services.rows.table import as_json_rows, as_parquet, model_table
from core.services.search.progress import reasons

JSON, PARQUET = "json", "parquet"


def further_formats(json: str, parquet: str, *, size: str) -> list[Component]:
    """Return the two buttons, given their ids; they hold every metric with its interval and condition."""
    named = {json: "JSON", parquet: "Parquet"}
    return [
        dmc.Button(text, id=identity, variant="default", size=size, **{"aria-label": f"Download {text}"})
        for identity, text in named.items()
    ]


def table_download(
    product: Application, models: Sequence[Model], project: Project, kind: str
) -> dict[str, Any]:
    """Return the table in a format as `dcc.Download` takes it."""
    table = model_table(models, project, reasons(product, project.id))
    name = f"{project.slug}-models.{kind}"
    if kind == PARQUET:
        return {"content": base64.b64encode(as_parquet(table)).decode(), "filename": name, "base64": True}
    return {"content": as_json_rows(table), "filename": name, "type": "application/json"}
