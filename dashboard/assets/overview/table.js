/* The table's side of the selection. */
cnc.define("overviewTable", ["libraries", "selection"], function (libraries, selection) {
  "use strict";

  const GRID = "overview-grid";
  let adopting = false;

  function select(ids) {
    const api = libraries.grid(GRID);
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
  function overviewBar(params) {
    const largest = params.colDef.cellRendererParams.largest;
    if (!largest || typeof params.value !== "number") return { backgroundImage: "none" };
    const share = (100 * (params.value / largest)).toFixed(1) + "%";
    return {
      backgroundImage: "linear-gradient(var(--accent-soft), var(--accent-soft))",
      backgroundSize: share + " 70%",
      backgroundRepeat: "no-repeat",
      backgroundPosition: "left center",
    };
  }

  selection.views.table = { select: select };

  cnc.gridFunctions({ overviewBar });
  cnc.callbacks("overview", {
    adoptRows: function (rows) {
      if (!rows || adopting || !libraries.grid(GRID)) return;
      selection.set(rows.map((row) => row.id), "table");
    },
    showRows: function () {
      select(selection.selected());
    },
  });
});
