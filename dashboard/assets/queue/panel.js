/* The panel of one run beside the Queue's grid: opening, closing, the keyboard. */
cnc.define("queuePanel", ["dom", "libraries", "queueRows"], function (dom, libraries, queueRows) {
  "use strict";

  const GRID = "queue-grid";

  function open(clicked, _closed, present) {
    const trigger = (libraries.context().triggered[0] || {}).prop_id || "";
    if (trigger.startsWith("queue-panel-close")) return null;
    if (!clicked || !clicked.rowId || String(clicked.colId).startsWith("ag-Grid-Selection")) {
      return libraries.unchanged();
    }
    return clicked.rowId === present ? libraries.unchanged() : clicked.rowId;
  }

  function mark(run) {
    let style = document.getElementById("queue-open-row");
    if (!style) {
      style = document.createElement("style");
      style.id = "queue-open-row";
      document.head.append(style);
    }
    const row = /^\d+$/.test(run || "") ? '.run-grid .ag-row[row-id="' + run + '"]' : "";
    style.textContent = row ? row + " { box-shadow: inset 3px 0 var(--accent); background: var(--accent-soft); }" : "";
  }

  let byKey = false; // the panel was opened without a mouse, so the next Tab has to be in it
  let shown = null;

  function panel(run) {
    mark(run);
    libraries.whenGrid(GRID, function (api) {
      queueRows.fit(api, run);
      if (!run) comeBack(api);
    });
    if (run && byKey) window.setTimeout(() => document.getElementById("queue-panel-close").focus());
    byKey = false;
    if (run) shown = run;
    return !run;
  }

  /* Whoever closes the panel from within is back at its line. */
  function comeBack(api) {
    const lost = document.activeElement === document.body || document.activeElement.closest("#queue-panel");
    const node = shown && lost && api.getRowNode(shown);
    if (node && node.rowIndex !== null) api.setFocusedCell(node.rowIndex, "model");
    shown = null;
  }

  function openElsewhere() {
    const parts = document.querySelectorAll("[role=dialog],[role=menu],[role=listbox]");
    return Array.from(parts).some((part) => part.getClientRects().length > 0);
  }

  /* Looked at on the way down: what Escape closes is gone from the page on the way up. */
  window.addEventListener(
    "keydown",
    function (event) {
      const place = document.getElementById("queue-panel");
      if (event.key !== "Escape" || !place || place.hidden || openElsewhere()) return;
      libraries.setProps("queue-open", { data: null });
    },
    true
  );

  document.addEventListener("keydown", function (event) {
    const cell = dom.closest(event, "#" + GRID + " .ag-cell");
    const row = cell && cell.closest("[row-id]");
    if (event.key === "Enter" && row) {
      byKey = true;
      libraries.setProps("queue-open", { data: row.getAttribute("row-id") });
    }
  });

  cnc.callbacks("queue", { open, panel });
});
