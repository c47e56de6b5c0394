"""Scripts and styles of the pages, each kind in one file that a browser keeps for good.

The files of `dashboard/assets` are put together when they are first asked for, so that a page opens with two
requests for them instead of a hundred. The address of whatever is kept changes with its content.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal

import plotly
from dash import Dash
from dash.fingerprint import build_fingerprint
from flask import Response, request

Kind = Literal["css", "js"]
TYPES: dict[Kind, str] = {"css": "text/css", "js": "text/javascript"}
_KEPT = "public, max-age=31536000, immutable"
_PLOTLY = "package_data/plotly.min.js"
_TOGETHER = "together/"


@dataclass(frozen=True)
class _Bundle:
    """Files of one kind, one behind the other."""

    content: bytes
    mark: str


class LastingAssets(Dash):
    """Dash whose own assets are named by their content and put together.

    alone: paths of scripts that `together` leaves out, since the page or other pages name them.
    """

    alone: frozenset[str] = frozenset()

    @cached_property
    def content_marks(self) -> dict[str, str]:
        """Return the first characters of the SHA-256 of each asset, by its path in the folder of assets."""
        return {path: _mark(self._content(path)) for path in self._paths}

    def lasting_url(self, path: str) -> str:
        """Return the address of one asset."""
        return f"{self.get_asset_url(path)}?v={self.content_marks[path]}"

    def together_url(self, kind: Kind) -> str:
        """Return the address of all assets of a kind in one file."""
        return f"{self.get_asset_url(_TOGETHER + 'all.' + kind)}?v={self.bundles[kind].mark}"

    @cached_property
    def bundles(self) -> dict[Kind, _Bundle]:
        """Return the assets of each kind in one file; those of a folder come before those below it."""
        found: dict[Kind, _Bundle] = {}
        for kind in TYPES:
            paths = [path for path in self._paths if path.endswith(kind) and path not in self.alone]
            content = b"\n".join(b"/* %s */\n%s" % (path.encode(), self._content(path)) for path in paths)
            found[kind] = _Bundle(content, _mark(content))
        return found

    @cached_property
    def _paths(self) -> list[str]:
        folder = Path(self.config.assets_folder)
        files = [path.relative_to(folder) for path in folder.rglob("*") if path.suffix[1:] in TYPES]
        return [path.as_posix() for path in sorted(files, key=lambda path: (path.parent.parts, path.name))]

    def _content(self, path: str) -> bytes:
        return (Path(self.config.assets_folder) / PurePosixPath(path)).read_bytes()


def plotly_url(app: Dash) -> str:
    """Return the address of Plotly's script, which changes with its version."""
    modified = int((Path(plotly.__file__).parent / _PLOTLY).stat().st_mtime)
    name = build_fingerprint(_PLOTLY, plotly.__version__, modified)
    return f"{app.config.requests_pathname_prefix}_dash-component-suites/plotly/{name}"


def register(app: LastingAssets) -> None:
    """Serve the assets of a kind in one file, and have browsers keep what is named by its content."""

    def together(kind: Kind) -> Response:
        return Response(app.bundles[kind].content, mimetype=TYPES[kind])

    def mark_of(arguments: dict[str, str]) -> str:
        if request.endpoint == together.__name__:
            return app.bundles[arguments["kind"]].mark  # type: ignore[index]  # the rule allows no others
        return app.content_marks.get(arguments.get("filename", ""), "")

    def keep(response: Response) -> Response:
        mark = mark_of(request.view_args or {})
        if mark and request.args.get("v") == mark and response.status_code in {200, 304}:
            response.headers["Cache-Control"] = _KEPT
        elif request.endpoint == together.__name__:
            response.headers["Cache-Control"] = "no-cache"
        return response

    app.server.add_url_rule(f"/assets/{_TOGETHER}all.<any({', '.join(TYPES)}):kind>", view_func=together)
    app.server.after_request(keep)


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
