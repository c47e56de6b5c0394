"""Scripts and styles that a browser keeps for good: their addresses change with their content."""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import plotly
from dash import Dash
from dash.fingerprint import build_fingerprint
from flask import Response, request

_KEPT = "public, max-age=31536000, immutable"
_DATED = re.compile(r"(?<=/assets/)([^\"'?]+)\?m=[\d.]+")
_PLOTLY = "package_data/plotly.min.js"


class LastingAssets(Dash):
    """Dash that names its assets by their content, where Dash itself puts the time of the file."""

    @cached_property
    def content_marks(self) -> dict[str, str]:
        """Return the first characters of the SHA-256 of each asset, by its path in the folder of assets."""
        folder = Path(self.config.assets_folder)
        files = sorted(path for path in folder.rglob("*") if path.suffix in {".js", ".css"})
        return {path.relative_to(folder).as_posix(): _mark(path) for path in files}

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """Return the page's HTML."""
        html: str = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]
        return _DATED.sub(lambda found: f"{found[1]}?v={self.content_marks[found[1]]}", html)

    def lasting_url(self, path: str) -> str:
        """Return the address of an asset that Dash does not put into the page by itself."""
        return f"{self.get_asset_url(path)}?v={self.content_marks[path]}"


def plotly_url(app: Dash) -> str:
    """Return the address of Plotly's script, which changes with its version."""
    modified = int((Path(plotly.__file__).parent / _PLOTLY).stat().st_mtime)
    name = build_fingerprint(_PLOTLY, plotly.__version__, modified)
    return f"{app.config.requests_pathname_prefix}_dash-component-suites/plotly/{name}"


def register(app: LastingAssets) -> None:
    """Have browsers keep assets whose content their address names."""

    def keep(response: Response) -> Response:
        mark = app.content_marks.get((request.view_args or {}).get("filename", ""))
        if mark and request.args.get("v") == mark and response.status_code in {200, 304}:
            response.headers["Cache-Control"] = _KEPT
        return response

    app.server.after_request(keep)


def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
