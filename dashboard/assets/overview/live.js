/* Which parts of the Overview are asked for: those that are shown, with what the controls say. */
cnc.define("overviewLive", ["libraries", "live", "folds"], function (libraries, live, folds) {
  "use strict";

  const ROOT = "overview-map";
  let shownDetails = "";
  let shownSelection = "";
  let awaited = false;
  const same = libraries.unchanged;

  function follow(name, params, shown) {
    const store = name.replace("overview-", "overview-live-");
    if (!shown) return live.drop(name);
    live.want(name, params, ROOT, (value) => live.put(store, { data: value }));
  }

  /* Whether something is written on the card that is not kept: typed, on its way, or refused. */
  function isWriting() {
    const note = document.getElementById("overview-note");
    const tags = document.getElementById("overview-tags");
    const active = document.activeElement;
    if (note && (note === active || note.dataset.keeping || note.ariaInvalid === "true")) return true;
    return tags !== null && tags === active && "value" in tags && tags.value !== "";
  }

  /* Draws the card anew as soon as what is written on it is kept. */
  function awaitKept() {
    awaited = true;
    window.setTimeout(function () {
      if (isWriting()) return awaitKept();
      awaited = false;
      live.again("overview-details");
    }, 300);
  }

  /* The figure as Plotly takes it: points become columns of their trace again. */
  function figureOf(figure) {
    const { columns, points, data, layout } = figure;
    const values = Object.values(points);
    const traces = data.map((trace) => {
      if (trace.meta !== "points") return trace;
      const whole = structuredClone(trace);
      columns.forEach((path, place) => {
        const within = path.slice(0, -1).reduce((part, name) => part[name], whole);
        within[path[path.length - 1]] = values.map((point) => point[place]);
      });
      return whole;
    });
    return { data: traces, layout: layout };
  }

  function spread(name, count, parts) {
    return (value) => {
      if (value) return parts(value);
      live.again(name); // the page was opened just now
      return Array(count).fill(same());
    };
  }

  cnc.callbacks("overview", {
    ask: function (colour, size, x, y, logs, arrangement, selection, filter, plot, axes, tab, everything, scheme, project) {
      if (!project || !colour) return same();
      const all = { project: project, everything: Boolean(everything) };
      const common = Object.assign({ scheme: scheme || "light" }, all);
      const encoded = Object.assign({ colour: colour }, common);
      const sized = Object.assign({ size: size }, encoded);
      const text = { filter: filter || "" };
      follow("overview-map", Object.assign({ arrangement: arrangement }, sized), true);
      follow("overview-filter", Object.assign({}, all, text), true);
      follow("overview-scatter", Object.assign({ x: x, y: y, switches: logs || [] }, text, sized), plot !== "parallel");
      follow("overview-parallel", Object.assign({ fields: axes || [] }, encoded), plot === "parallel");
      follow("overview-details", Object.assign({ selection: selection || [] }, common), tab === "details");
      follow("overview-table", Object.assign({}, all, text), tab === "table");
      return same();
    },
    spread_live_map: spread("overview-map", 3, (map) => {
      const { legend, empty, ...scene } = map;
      return [Object.assign(scene, { nodes: Object.values(map.nodes) }), legend, empty];
    }),
    spread_live_scatter: spread("overview-scatter", 4, (plot) => [figureOf(plot.figure), plot.title, plot.note, !plot.front]),
    spread_live_parallel: spread("overview-parallel", 3, (plot) => {
      const { choices, ...scene } = plot;
      const fields = plot.axes.map((axis) => axis.field);
      const part = live.part("overview-parallel");
      const chosen = part && String(fields) === String(part.params.fields) ? same() : fields;
      return [Object.assign(scene, { lines: Object.values(plot.lines) }), choices, chosen];
    }),
    spread_live_filter: spread("overview-filter", 8, (told) => {
      const away = told.away.toLocaleString("en") + " failed or archived";
      return [told.hidden, told.chips, told.count, told.left, told.label, told.notice, away, !told.away];
    }),
    /* While only the progress of a run changes, or somebody writes on it, the card stays as it is. */
    spread_live_details: spread("overview-details", 2, (told) => {
      const card = document.querySelector("#overview-details > *");
      if (card && told.mark === shownDetails) {
        live.put("overview-state", { children: told.state });
        return [same(), same()];
      }
      const part = live.part("overview-details");
      const selection = String(part && part.params.selection);
      if (card && selection === shownSelection && isWriting()) {
        if (!awaited) awaitKept();
        return [same(), same()];
      }
      shownDetails = told.mark;
      shownSelection = selection;
      return [told.content, told.drawings];
    }),
    spread_live_table: (table) => {
      if (table) return Object.values(table.rows);
      live.again("overview-table");
      return same();
    },
    tabLabel: function (selection) {
      const known = folds.state.byId;
      const count = (selection || []).filter((id) => !known.size || known.has(String(id))).length;
      return count ? "Selection \u00b7 " + count : "Selection";
    },
  });
});
