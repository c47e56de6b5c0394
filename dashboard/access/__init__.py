"""Sign-in, roles and sharing as the web sees them."""

from __future__ import annotations

from core.services.application import Application
from dashboard.access import gate, menu, notifications_page, openid, pages, people_page, sharing, tokens_page
from dashboard.access.caller import Access
from dashboard.static_files import LastingAssets


def register(app: LastingAssets, product: Application, access: Access) -> None:
    """Check every request, and add the pages around sign-in where people sign in."""
    gate.register(app.server, product, access)
    menu.register(app, product, access)
    made, shown = pages.blueprint(), pages.Pages(app, access)
    notifications_page.register(made, product, shown)
    if not access.sign_in:
        app.server.register_blueprint(made)
        return
    pages.register(made, product, shown)
    people_page.register(made, product, shown)
    openid.register(app.server, made, product, shown)
    tokens_page.register(made, product, shown)
    sharing.register(app, product, access)
    app.server.register_blueprint(made)
