"""Every callback and every route, asked by viewers and through a share link: nothing is written or disclosed.

The requests are made from the application's own lists, so that a new callback or route is among them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dash import Dash
from flask.testing import FlaskClient

from core.domain.access.caller import Role
from core.domain.ids import ProjectId
from core.persistence.tables.tables import Base
from core.services.access import accounts, sessions
from core.services.access.share_links import share
from core.services.application import Application
from core.services.projects.saved_views import SavedViewRequest, save_view
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from dashboard.access import cookies
from dashboard.access.caller import Access
from dashboard.factory import create

PASSWORD = "four unrelated words"
SAME = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
SECRET = "zebra"
"""Occurs in the names of everything in the project `other`, and in no request."""
UNREADABLE = {"access.sign_out"}  # ends the session that the other requests need


@dataclass
class Site:
    """A dashboard over two projects: `digits`, and `other`, whose names contain the secret."""

    app: Application
    dash: Dash
    folder: Path
    other_models: list[int]

    def client(self, cookie: str, token: str) -> FlaskClient:
        client = self.dash.server.test_client()
        client.set_cookie(cookie, token)
        return client

    def viewer(self) -> FlaskClient:
        return self.client(cookies.SESSION, sessions.sign_in(self.app, "Vera", PASSWORD).token)

    def stored(self) -> tuple[dict[str, list[str]], list[str]]:
        """Return every row of every table, and the names of all files.

        The channel through which browsers are told is left out: viewers turn that on for themselves.
        """
        with self.app.unit_of_work() as uow:
            rows = {
                table.name: [
                    text
                    for row in uow._session.execute(sa.select(table))
                    if "ChannelKind.BROWSER" not in (text := str(tuple(row)))
                ]
                for table in Base.metadata.sorted_tables
            }
        files = [str(path) for path in sorted(self.folder.rglob("*")) if "-wal" not in path.name]
        return rows, [name for name in files if "-shm" not in name]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    app = open_migrated(f"sqlite:///{folder / 'test.db'}", folder)
    laboratory = Laboratory(app)
    laboratory.open()
    digits, other = laboratory.project(), laboratory.project(f"The {SECRET} project", "other")
    own = laboratory.base(digits)
    laboratory.sweep(digits, own.id)
    laboratory.play(9)
    theirs = laboratory.base(other, f"{SECRET} net")
    save_view(app, SavedViewRequest(ProjectId(other.id), f"view of a {SECRET}", "x=size"))
    laboratory.play(1)
    accounts.set_password(app, accounts.invite(app, "Vera", Role.VIEWER).token, PASSWORD)
    made = create(app, Access(sign_in=True, secret="0" * 32))
    yield Site(app, made, folder, [theirs.id])
    app.close()


def value_of(name: str, slug: str, ids: list[int]) -> Any:
    """Return what a property of a control may have, about models of a project."""
    rows = [{"id": str(one), "model": one, "name": "x"} for one in ids]
    known: dict[str, Any] = {
        "n_clicks": 1,
        "checked": True,
        "opened": True,
        "pathname": f"/p/{slug}/overview",
        "href": f"http://localhost/p/{slug}/overview?selected={ids[0]}",
        "search": f"?selected={'.'.join(map(str, ids))}&models={'.'.join(map(str, ids))}",
        "hash": "",
        "selectedRows": rows,
        "rowData": rows,
        "contents": "data:text/plain;base64,e30=",
        "filename": "models.json",
        "children": "x",
        "clickData": {"points": [{"customdata": ids[0]}]},
        "id": "location",
    }
    return known.get(name, "1")


def bodies(dash: Dash, slug: str, ids: list[int]) -> Iterator[dict[str, Any]]:
    """Yield requests of every server callback; `shell-project` always names the project."""
    dash._setup_server()
    for output, callback in dash.callback_map.items():
        if "callback" not in callback:
            continue  # runs in the browser
        for value in _values(slug, ids, callback):
            asked = [
                [_asked(one, value, slug, ids) for one in callback[kind]] for kind in ("inputs", "state")
            ]
            first = asked[0][0][0] if isinstance(asked[0][0], list) else asked[0][0]
            changed = first["id"] if isinstance(first["id"], str) else json.dumps(first["id"], sort_keys=True)
            yield {
                "output": output,
                "outputs": _outputs(output),
                "inputs": asked[0],
                "state": asked[1],
                "changedPropIds": [f"{changed}.{first['property']}"],
            }


def _values(slug: str, ids: list[int], callback: dict[str, Any]) -> list[Any]:
    """Return what the stores and inputs of a request hold; one that nobody clicks is read from, once."""
    clicked = any(one["property"] == "n_clicks" for one in callback["inputs"])
    return [ids, {"project": slug, "ids": ids, "id": ids[0], "number": ids[0]}] if clicked else [ids]


def _asked(one: Any, value: Any, slug: str, ids: list[int]) -> Any:
    given = value if one["property"] in {"value", "data"} else value_of(one["property"], slug, ids)
    if one["id"] == "project":
        given = slug
    wanted = {"id": _concrete(str(one["id"])), "property": one["property"], "value": given}
    return [wanted] if '["ALL"]' in str(one["id"]) else wanted


def _concrete(name: str) -> Any:
    """Return an id as the browser sends it; wildcards stand for `1`."""
    if not name.startswith("{"):
        return name
    return {key: "1" if isinstance(part, list) else part for key, part in json.loads(name).items()}


def _outputs(output: str) -> Any:
    parts = output.strip(".").split("...") if output.startswith("..") else [output]
    found = []
    for part in parts:
        name, _, prop = part.partition("@")[0].rpartition(".")
        one = {"id": _concrete(name), "property": prop}
        found.append([one] if '["ALL"]' in name else one)
    return found if output.startswith("..") else found[0]


def answers(site: Site, client: FlaskClient, slug: str, ids: list[int]) -> list[str]:
    asked = (
        client.post("/_dash-update-component", json=body, headers=SAME)
        for body in bodies(site.dash, slug, ids)
    )
    return [answer.text for answer in asked]


def test_viewers_write_nothing_through_any_callback(site: Site) -> None:
    client = site.viewer()
    before = site.stored()
    told = answers(site, client, "other", site.other_models)
    assert site.stored() == before
    assert len(told) > 100
    assert sum("needs an editor" in one for one in told) > 10, "the requests reach no service that writes"
    assert sum(SECRET in one for one in told) > 3, "the requests read nothing where they may"


def test_a_link_reads_nothing_of_another_project(site: Site) -> None:
    link = share(site.app, ProjectId(1), "/p/digits/overview")
    before = site.stored()
    told = answers(site, site.client(cookies.LINK, link.token), "other", site.other_models)
    assert [one for one in told if SECRET in one] == []
    assert site.stored() == before


def test_no_route_lets_a_viewer_write_or_a_link_read(site: Site) -> None:
    viewer = site.viewer()
    link = site.client(cookies.LINK, share(site.app, ProjectId(1), "/p/digits/overview").token)
    before = site.stored()
    tried = 0
    for rule in site.dash.server.url_map.iter_rules():
        if rule.endpoint in UNREADABLE:
            continue
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<(?:\w+:)?(?:slug|project)\w*>", "other", path)
        path = re.sub(r"<[^>]+>", str(site.other_models[0]), path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
            asked = {"json": {}} if method != "GET" else {}
            viewer.open(path, method=method, headers=SAME, **asked)
            answer = link.open(path, method=method, headers=SAME, **asked)
            assert SECRET.encode() not in answer.data, (method, path)
            tried += 1
    assert tried > 25
    assert site.stored() == before
