"""The layout of the frame."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.address import Address
from dashboard.components.markup import decoration, labelled
from dashboard.ids import ShellIds
from dashboard.shell.share_panel import share_panel
from dashboard.view import View, ViewPlace, views_at

_OPEN = "Sign-in is off: whoever reaches this address can change and delete everything."


def layout(title: str, *, open_to_network: bool = False) -> Component:
    """Return the whole page with an empty place for the view that the address asks for.

    open_to_network: say on every page that whoever reaches it may change everything.
    """
    overlays = [view.layout(Address()) for view in views_at(ViewPlace.OVERLAY)]
    return dmc.MantineProvider(
        id=ShellIds.PROVIDER,
        theme=_mantine_theme(),
        children=[
            dcc.Location(id=ShellIds.LOCATION, refresh="callback-nav"),
            dcc.Store(id=ShellIds.PROJECT),
            dcc.Store(id=ShellIds.TITLE),
            dcc.Store(id=ShellIds.SCHEME, storage_type="local"),
            dcc.Store(id=ShellIds.QUEUE_FROM),
            dcc.Store(id=ShellIds.UNDO),
            dcc.Store(id=ShellIds.REVISION),
            dcc.Store(id=ShellIds.KNOWN_PROJECTS),
            dcc.Store(id=ShellIds.LIVE_WORKERS),
            dcc.Store(id=ShellIds.ROLE),
            dmc.NotificationContainer(id=ShellIds.NOTIFICATIONS, position="bottom-right"),
            html.A("Skip to the page", href=f"#{ShellIds.PAGE}", className="shell-skip"),
            *([html.Div(_OPEN, className="shell-banner", role="status")] if open_to_network else []),
            html.Header(_header(title), className="shell-header"),
            html.Main(id=ShellIds.PAGE, className="shell-page", tabIndex=-1),
            html.Div(id=ShellIds.BEGINNING, className="shell-beginning", role="status"),
            html.Div(id=ShellIds.BROKER, className="shell-beginning shell-away", role="alert"),
            html.Div(id=ShellIds.AWAY, className="shell-beginning shell-away", role="alert", hidden=True),
            *overlays,
        ],
    )


def _header(title: str) -> list[Component]:
    return [
        dcc.Link(title, href="/", className="shell-title"),
        dmc.Menu(
            [
                dmc.MenuTarget(
                    html.Span(
                        [
                            html.Span(id=ShellIds.PROJECT_NAME, className="shell-project-name"),
                            decoration("▾"),
                        ],
                        id=ShellIds.PROJECT_SWITCH,
                        className="shell-project",
                    ),
                    # the wrapper carries the state of the menu, so it has to be the button itself
                    boxWrapperProps={
                        "component": "button",
                        "type": "button",
                        "className": "shell-menu",
                        "aria-label": "Choose a project",
                    },
                ),
                dmc.MenuDropdown([], id=ShellIds.PROJECTS),
            ],
            position="bottom-start",
        ),
        labelled(html.Nav(_links(), className="shell-navigation"), "Pages"),
        html.Div(className="shell-space"),
        html.Button(
            ["Find", html.Kbd("Ctrl K")],
            type="button",
            title="Go to a page, project or model, or do something",
            className="shell-find",
        ),
        share_panel(),
        dmc.Button("+ New experiment", id=ShellIds.NEW_EXPERIMENT),
        dmc.Tooltip(
            dmc.ActionIcon(
                decoration("◐"),
                id=ShellIds.SCHEME_TOGGLE,
                variant="default",
                size="lg",
                **{"aria-label": "Switch between light and dark"},
            ),
            label="Light / dark",
        ),
        html.Div(id=ShellIds.ACCOUNT, className="shell-account"),
    ]


def link_id(view: object) -> dict[str, Any]:
    """Return the id of the link to a view; `dash.ALL` for all of them."""
    return {"part": "shell-link", "view": view}


def _links() -> list[Component]:
    """Return a link per page; routing fills in the project and marks the present one."""
    return [
        dcc.Link(
            [view.label, *_badge(view)],
            id=link_id(view.name),
            href=Address(view.name).href,
            title=view.question,
            className="shell-link",
        )
        for view in views_at(ViewPlace.PAGE)
    ]


def _badge(view: View) -> list[Component]:
    return [html.Span(id=ShellIds.QUEUE_BADGE, className="badge")] if view.name == "queue" else []


def _mantine_theme() -> dict[str, object]:
    return {
        "primaryColor": theme.ACCENT,
        "primaryShade": {"light": 7, "dark": 8},
        "fontFamily": theme.FONT,
        "fontFamilyMonospace": theme.MONO,
        "defaultRadius": "sm",
        "colors": {"dark": theme.DARK_SHADES},
        "fontSizes": {"xs": "12px", "sm": "13px", "md": "14px"},
        "components": {
            name: {"defaultProps": {"size": "xs"}}
            for name in ("Button", "Select", "SegmentedControl", "TextInput", "NumberInput", "MultiSelect")
        },
    }
