"""The Compare page as a view of the dashboard."""

from __future__ import annotations

from importlib import import_module
from threading import Thread

from dash import Dash, dcc, html
from dash.development.base_component import Component

from core.services.application import Application
from dashboard.address import Address
from dashboard.view import View, views
from dashboard.views.compare import costly, importing, showing
from dashboard.views.compare.behaviours import class_names
from dashboard.views.compare.downloads import buttons, node_colours
from dashboard.views.compare.downloads.buttons import place
from dashboard.views.compare.ids import Ids, PatternIds
from dashboard.views.compare.instances import group_runs, listing
from dashboard.views.compare.layers import choosing, endpoint, inside, spent
from dashboard.views.compare.metrics import queueing
from dashboard.views.compare.outline import outline
from dashboard.views.compare.sensitivity import acting
from dashboard.views.compare.state import VIEW


@views.register(VIEW)
class Compare(View):
    """Metrics, behaviours and layers of models against a baseline."""

    label = "Compare"
    question = "What did compression do to metrics, predictions and layers, and which groups did it hurt?"
    order = 20
    changing = (
        *(f"#{one}" for one in (Ids.KEEP, Ids.SAVE_GROUP, Ids.IMPORT_OPEN, Ids.IMPORT, Ids.CLASSES_OPEN)),
        *(f"#{one}" for one in (Ids.CLASSES_SAVE, Ids.RUNS_EVALUATE, Ids.RUNS_SENSE, Ids.RUNS_DRIFT)),
        f'[id*="{PatternIds.MEASURE}"]',
        ".saved-groups button",
        ".layers-gather",
    )

    def layout(self, address: Address) -> Component:
        """Return the frame with a skeleton; the comparison of the address follows at once."""
        del address
        root = html.Div(outline(), id=Ids.ROOT, className="compare-root")
        stores = [dcc.Store(id=Ids.DRAWN), dcc.Store(id=Ids.PICKED, data=[]), dcc.Store(id=Ids.SAVED)]
        stores += [dcc.Store(id=Ids.LAYERS_WANTED), dcc.Store(id=Ids.LAYERS_INSIDE)]
        stores += [dcc.Store(id=Ids.COSTLY_DONE), dcc.Store(id=Ids.LISTED)]
        dialogs = [importing.dialog(), class_names.dialog(), group_runs.dialog()]
        parts = [*stores, place(), *dialogs, root, html.Div(id=Ids.INSTANCES), acting.place()]
        return html.Div(parts, className="compare-page")

    def register(self, app: Dash, product: Application) -> None:
        """Wire the page to the address, and import what the first comparison would wait for."""
        Thread(target=_import_ahead, daemon=True).start()
        showing.register(app, product)
        costly.register(app, product)
        listing.register(app, product)
        queueing.register(app, product)
        importing.register(app, product)
        class_names.register(app, product)
        group_runs.register(app, product)
        buttons.register(app, product)
        endpoint.register(app.server, product)
        acting.register(app, product)
        choosing.register(app, product)
        spent.register(app, product)
        inside.register(app, product)
        node_colours.register(app, product)


def _import_ahead() -> None:
    for name in ("scipy.special", "scipy.cluster.hierarchy"):
        import_module(name)
