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

  /* A bar behind a figure, as long as its share of the largest one. */
  window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  window.dashAgGridFunctions.overviewBar = function (params) {
    const largest = params.colDef.cellRendererParams.largest;
    if (!largest || typeof params.value !== "number") return { backgroundImage: "none" };
    const share = (100 * (params.value / largest)).toFixed(1) + "%";
    return {
      backgroundImage: "linear-gradient(var(--accent-soft), var(--accent-soft))",
      backgroundSize: share + " 70%",
      backgroundRepeat: "no-repeat",
      backgroundPosition: "left center",
    };
  };

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
