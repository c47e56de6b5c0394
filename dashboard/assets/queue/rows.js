/* The rows of the Queue's grid: changes, filters, what is ticked, and which columns there is room for. */
cnc.define("queueRows", ["libraries"], function (libraries) {
  "use strict";

  const GRID = "queue-grid";
  const FINAL = ["succeeded", "failed", "cancelled", "skipped", "lost"];
  const BESIDE_PANEL = ["priority", "queued", "experiment"]; // columns that leave first
  const WHERE_NARROW = ["attempt", "started", "worker"]; // and those that leave narrow screens too
  const [SMALL_PX, NARROW_PX, WIDE_PX] = [1400, 1600, 1900];
  let cut = false; // there may be more runs that match than are listed
  let chosen = {}; // words that a row's fields may have; none: any

  function change(changes) {
    if (!changes) return;
    libraries.whenGrid(GRID, function (api) {
      const add = [];
      const update = [];
      changes.upsert.forEach((row) => (api.getRowNode(row.id) ? update : add).push(row));
      const remove = changes.remove.filter((id) => api.getRowNode(id)).map((id) => ({ id: id }));
      const every = meansEvery(api);
      api.applyTransaction({ add: add, update: update, remove: remove });
      if (every) add.forEach((row) => api.getRowNode(row.id).setSelected(true));
      /* a line's note and message are no columns of their own */
      const nodes = update.map((row) => api.getRowNode(row.id)).filter(Boolean);
      if (nodes.length) api.refreshCells({ rowNodes: nodes, columns: ["progress", "order", "duration"], force: true });
    });
  }

  function age(_ticks, _mark, run) {
    const api = libraries.grid(GRID);
    if (!api) return;
    fit(api, run);
    const running = [];
    api.forEachNode((node) => {
      if (node.data && !FINAL.includes(node.data.status)) running.push(node);
    });
    if (running.length) api.refreshCells({ rowNodes: running, columns: ["duration"] });
  }

  /* What was chosen counts at once for every line, also for those that were asked for before it was chosen. */
  function limit(statuses, kinds, project, experiment, hidden, batch, projects) {
    const there = (projects || []).some((one) => one.value === project);
    const next = { status: statuses || [], kind_key: kinds || [], slug: there ? [project] : [], experiment_id: experiment ? [experiment] : [], id: (batch || []).map(String), hidden: hidden || [] };
    if (JSON.stringify(next) === JSON.stringify(chosen)) return;
    chosen = next;
    libraries.whenGrid(GRID, (api) => api.onFilterChanged());
  }

  function passes(row) {
    const { hidden, ...shown } = chosen;
    if (row && hidden && (hidden.includes(row.status) || hidden.includes(row.kind_key))) return false;
    return Object.entries(shown).every(([name, wanted]) => !row || !wanted.length || wanted.includes(row[name]));
  }

  function search(text) {
    libraries.whenGrid(GRID, (api) => api.setGridOption("quickFilterText", text || ""));
  }

  function followed(batch) {
    const count = (batch || []).length;
    return [!count, "Follows the " + count.toLocaleString("en") + " runs that were changed together."];
  }

  /* Buttons act on what is ticked, so nothing may stay ticked that another filter hides. */
  function untick() {
    const api = libraries.grid(GRID);
    if (api) api.deselectAll();
  }

  /* All lines are ticked of a list that leaves some out: all runs that match are meant. */
  function meansEvery(api) {
    const ticked = api.getSelectedRows().length;
    return cut && ticked > 0 && ticked >= api.getDisplayedRowCount();
  }

  function enable(selected, _changes, told, text) {
    const api = libraries.grid(GRID);
    const there = api;
    const rows = (there ? api.getSelectedRows() : selected) || [];
    cut = Boolean(told && told.short) && !text;
    if (there && meansEvery(api)) return [false, false, false, "Cancel all", "Retry all", true];
    const active = rows.filter((row) => !FINAL.includes(row.status)).length;
    const retriable = rows.filter((row) => FINAL.includes(row.status) && row.status !== "succeeded").length;
    const named = (word, count) => (count > 1 ? word + " " + count : word);
    return [!active, !retriable, !active, named("Cancel", active), named("Retry", retriable), false];
  }

  /* Names and what is going on need their room; the panel tells everything else. */
  function fit(api, run) {
    const wide = window.innerWidth >= WIDE_PX;
    show(api, BESIDE_PANEL, wide || (!run && window.innerWidth >= SMALL_PX));
    show(api, WHERE_NARROW, wide || (!run && window.innerWidth >= NARROW_PX));
    const projects = new Set();
    api.forEachNode((node) => projects.add(node.data && node.data.project));
    show(api, ["project"], projects.size > 1 && (!run || wide));
  }

  function show(api, columns, visible) {
    const column = api.getColumn(columns[0]);
    if (column && column.isVisible() !== visible) api.setColumnsVisible(columns, visible);
  }

  cnc.gridFunctions({
    queuePasses: passes,
    queueLimited: () => Object.values(chosen).some((wanted) => wanted.length > 0),
  });
  cnc.callbacks("queue", { change, age, limit, search, untick, enable, followed });

  return { fit };
});
