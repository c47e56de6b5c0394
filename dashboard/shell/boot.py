"""The page before Dash has drawn anything: header and outlines, so that nobody looks at an empty window.

It is in the HTML itself; `00_shell.css` takes it away as soon as there is a page.
"""

from __future__ import annotations

from dashboard.static_files import LastingAssets, plotly_url

_MARKUP = """<div class="shell-boot" aria-hidden="true">
            <div class="shell-header"><span class="shell-title">{title}</span></div>
            <div class="shell-boot-page">{cards}</div>
        </div>"""


def register(app: LastingAssets) -> None:
    """Put the outlines into the HTML, and light or dark in front of whatever is drawn first."""
    scheme = f'<script src="{app.lasting_url("appearance.js")}"></script>'
    markup = _MARKUP.format(title=app.title, cards=3 * '<i class="skeleton"></i>')
    app.index_string = (
        app.index_string.replace("<html>", f'<html lang="en" data-plotly="{plotly_url(app)}">')
        .replace("{%css%}", f"{{%css%}}\n        {scheme}")
        .replace("{%app_entry%}", f"{{%app_entry%}}\n        {markup}")
    )
