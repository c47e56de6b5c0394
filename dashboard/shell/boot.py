"""The page before Dash has drawn anything: header and outlines, so that nobody looks at an empty window.

It is in the HTML itself; `00_shell.css` takes it away as soon as there is a page.
"""

from __future__ import annotations

from dashboard.static_files import LastingAssets, plotly_url

IN_HEAD = ("modules.js", "appearance.js")
"""Scripts of the head, in this order: what registers modules, and light or dark before anything is drawn."""

OF_FORMS = ("shell/sign_in.js",)
"""Scripts of the pages around sign-in, which Dash has no part in."""

ON_ALL = ("shell/browser_messages.js",)
"""Scripts of all pages, those around sign-in as well."""

_MARKUP = """<div class="shell-boot" aria-hidden="true">
            <div class="shell-header"><span class="shell-title">{title}</span></div>
            <div class="shell-boot-page">{cards}</div>
        </div>"""


def register(app: LastingAssets) -> None:
    """Put the outlines into the HTML, and light or dark in front of whatever is drawn first."""
    app.alone = frozenset((*IN_HEAD, *OF_FORMS))
    style = f'<link rel="stylesheet" href="{app.together_url("css")}">'
    first = "".join(_script(app.lasting_url(name)) for name in IN_HEAD)
    markup = _MARKUP.format(title=app.title, cards=3 * '<i class="skeleton"></i>')
    app.index_string = (
        app.index_string.replace("<html>", f'<html lang="en" data-plotly="{plotly_url(app)}">')
        .replace("{%css%}", f"{{%css%}}\n        {style}\n        {first}")
        .replace("{%scripts%}", f"{{%scripts%}}\n            {_script(app.together_url('js'))}")
        .replace("{%app_entry%}", f"{{%app_entry%}}\n        {markup}")
    )


def _script(address: str) -> str:
    return f'<script src="{address}"></script>'
