"""From the address to the view: which page is shown, for which project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, no_update
from dash.development.base_component import Component

from core.domain.project import Project
from core.services.application import Application
from core.services.projects import projects
from dashboard import address as addresses
from dashboard.address import Address
from dashboard.components.empty_state import empty_state
from dashboard.ids import ShellIds
from dashboard.shell.first_project import no_project
from dashboard.shell.page import link_id
from dashboard.view import ViewPlace, views, views_at

NO_PROJECT = "No project"


def register(app: Dash, product: Application) -> None:
    """Wire address to page, and new projects to the switcher."""

    @app.callback(
        Output(ShellIds.PAGE, "children"),
        Output(ShellIds.PROJECT, "data"),
        Output(link_id(ALL), "href"),
        Output(link_id(ALL), "className"),
        Output(ShellIds.PROJECT_NAME, "children"),
        Output(ShellIds.TITLE, "data"),
        Output(ShellIds.REVISION, "data"),
        Output(ShellIds.LOCATION, "href"),
        Input(ShellIds.LOCATION, "pathname"),
        State(ShellIds.LOCATION, "search"),
        State(ShellIds.LOCATION, "hash"),
        State(ShellIds.REVISION, "data"),
    )
    def _route(pathname: str | None, search: str | None, fragment: str | None, shown: Any) -> tuple[Any, ...]:
        known = projects.list_projects(product)
        address = addresses.parse(pathname, search, fragment)
        target = _redirect(address, known)
        if target is not None:
            return no_update, no_update, *_unchanged(), no_update, no_update, no_update, target.href
        chosen = next((project for project in known if project.slug == address.project), None)
        page = page_at(address, known)
        slug = chosen.slug if chosen else None
        name = project_name(address, known)
        revision = [chosen.slug, chosen.revision] if chosen else None
        told = no_update if revision == shown else revision  # pages that are drawn for it need no poll first
        return page, slug, *navigation(address, known), name, title(address, known), told, no_update

    @app.callback(
        Output(ShellIds.PROJECTS, "children"),
        Output(ShellIds.PROJECT_NAME, "children", allow_duplicate=True),
        Output(ShellIds.TITLE, "data", allow_duplicate=True),
        Output(ShellIds.LOCATION, "href", allow_duplicate=True),
        Input(ShellIds.KNOWN_PROJECTS, "data"),
        Input(ShellIds.PROJECT_SWITCH, "n_clicks"),  # a page at rest may not know of a new project yet
        State(ShellIds.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _list(_names: list[str], _clicks: int | None, pathname: str | None) -> tuple[Any, ...]:
        known = projects.list_projects(product)
        address = addresses.parse(pathname)
        target = _redirect(address, known)
        href = target.href if target else no_update
        return project_menu(known, address.project), project_name(address, known), title(address, known), href

    app.clientside_callback(
        ClientsideFunction("keyboard", "present"),
        Input(ShellIds.TITLE, "data"),
        Input(link_id(ALL), "className"),
    )


def project_name(address: Address, known: Sequence[Project]) -> str:
    """Return what the project switcher says."""
    chosen = next((project.name for project in known if project.slug == address.project), None)
    return chosen or (NO_PROJECT if not known else "All projects")


def title(address: Address, known: Sequence[Project]) -> str:
    """Return what the browser's tab says, e.g. `Queue: All projects`."""
    view = dict(views).get(address.view)
    return f"{view.label}: {project_name(address, known)}" if view is not None else "No such page"


def _redirect(address: Address, known: Sequence[Project]) -> Address | None:
    view = dict(views).get(address.view)
    if address.project is None and known and view is not None and view.per_project:
        return Address(address.view, known[0].slug, address.state)
    return None


def page_at(address: Address, known: Sequence[Project]) -> Component:
    """Return the page of an address, or what to do when there is none."""
    view = dict(views).get(address.view)
    if view is None or view.place is ViewPlace.OVERLAY:
        home = dcc.Link("Go to the overview", href="/")
        return empty_state("There is no such page", f"Nothing is at {address.path!r}.", home)
    if address.project is not None and address.project not in {project.slug for project in known}:
        return _unknown_project(address.project, known)
    if view.per_project and address.project is None:
        return no_project()
    return view.layout(address)


def _unknown_project(slug: str, known: Sequence[Project]) -> Component:
    links: list[Component] = [
        dcc.Link(project.name, href=Address(project=project.slug).href) for project in known
    ]
    return empty_state(f"There is no project {slug!r}", "It may have been renamed. Projects here:", *links)


def navigation(address: Address, known: Sequence[Project]) -> tuple[list[str], list[str]]:
    """Return the address and the class of each link to a page, in the order of the navigation."""
    slug = address.project or (known[0].slug if known else None)
    pages = views_at(ViewPlace.PAGE)
    classes = ["shell-link current" if view.name == address.view else "shell-link" for view in pages]
    return [Address(view.name, slug).href for view in pages], classes


def _unchanged() -> tuple[list[Any], list[Any]]:
    same = [no_update] * len(views_at(ViewPlace.PAGE))
    return same, same


def project_menu(known: Sequence[Project], present: str | None = None) -> list[Component]:
    """Return the entries of the project switcher, and the way to another project.

    Ids tell them apart: an open menu that gets another one would show some twice and some not at all.
    """
    listed = [
        dmc.MenuItem(
            project.name, href=Address(project=project.slug).href, id={"part": "shell-to", "of": project.slug}
        )
        for project in known
    ]
    divider = [dmc.MenuDivider(id="shell-divider")] if listed else []
    told = dmc.MenuItem(
        "Notifications…",
        href=f"/notifications?project={present or known[0].slug}" if known else "/notifications",
        refresh=True,
        id="shell-to-notifications",
    )
    another = dmc.MenuItem("New project, or import…", href=Address("models").href, id="shell-to-new")
    across = dmc.MenuItem("Compare projects…", href=Address("across").href, id="shell-to-across")
    several = [across] if len(known) > 1 else []
    return [*listed, *divider, *several, *([told] if listed else []), another]
