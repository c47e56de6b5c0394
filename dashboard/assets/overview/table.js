/* The table's side of the selection. */
(function () {
  "use strict";

  const bus = window.overviewBus;
  const GRID = "overview-grid";
  let adopting = false;

  function grid() {
    if (!document.getElementById(GRID) || !window.dash_ag_grid) return null;
    try {
      return window.dash_ag_grid.getApi(GRID);
    } catch {
      return null; // not ready yet; it asks again when its rows are there
    }
  }

  function select(ids) {
    const api = grid();
    if (!api) return;
    adopting = true;
    const on = [];
    const off = [];
    api.forEachNode((row) => {
      if (ids.has(row.data.id) !== Boolean(row.isSelected())) (ids.has(row.data.id) ? on : off).push(row);
    });
    api.setNodesSelected({ nodes: on, newValue: true });
    api.setNodesSelected({ nodes: off, newValue: false });
    adopting = false;
  }

  bus.views.table = { select: select };

  Object.assign(window.dash_clientside.overview, {
    adoptRows: function (rows) {
      if (!rows || adopting || !grid()) return;
      bus.set(rows.map((row) => row.id), "table");
    },
    showRows: function () {
      select(bus.selected());
    },
  });
})();
