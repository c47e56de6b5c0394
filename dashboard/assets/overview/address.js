/* Keeps the Overview's state in the address, so that a link or a reload shows the same view; shows the panel of the tab. */
cnc.define("overviewAddress", ["libraries", "history"], function (libraries, history) {
  "use strict";

  /* Servers and proxies read about 8,000 characters; what is too long for them stays behind the #, in the browser. */
  const LONGEST = 7500;

  /* Ids as `dashboard.address` writes them: three or more in a row as a range, e.g. 1-40.55.60-900. */
  function writeIds(ids) {
    const runs = [];
    for (const id of Array.from(ids, Number).sort((a, b) => a - b)) {
      const run = runs[runs.length - 1];
      if (run && id <= run[1] + 1) run[1] = id;
      else runs.push([id, id]);
    }
    return runs.map(([first, last]) => (first === last ? first : first + (last === first + 1 ? "." : "-") + last)).join(".");
  }

  /* The longest parts move behind the # until the rest is short enough. */
  function written(path, parts) {
    const behind = [];
    const query = () => "?" + parts.filter((part) => !behind.includes(part)).join("&");
    for (const part of parts.slice().sort((a, b) => b.length - a.length)) {
      if (path.length + query().length <= LONGEST) break;
      behind.push(part);
    }
    return query() + (behind.length ? "#" + behind.join("&") : "");
  }

  cnc.callbacks("overview", {
    showPanel: function (tab) {
      return "ov-panels " + tab;
    },
    writeAddress: function (colour, size, x, y, logs, layout, selection, filter, plot, axes, tab, table, everything, project) {
      const path = "/p/" + encodeURIComponent(project) + "/overview";
      if (!project || !colour || window.location.pathname !== path) return libraries.unchanged();
      const state = { colour: colour, size: size, x: x, y: y, log: (logs || []).join("."), layout: layout, tab: tab };
      const parts = Object.entries(state).map(([name, value]) => name + "=" + encodeURIComponent(value));
      if (selection && selection.length) parts.push("selected=" + writeIds(selection));
      if (filter) parts.push("filter=" + encodeURIComponent(filter));
      if (plot === "parallel") {
        parts.push("plot=" + plot);
        parts.push("axes=" + encodeURIComponent((axes || []).map(encodeURIComponent).join(",")));
      }
      if (table && table.columns) parts.push("columns=" + encodeURIComponent(table.columns.map(encodeURIComponent).join(",")));
      if (table && table.differing) parts.push("differing=1");
      if (everything && everything.length) parts.push("all=1");
      const told = written(path, parts);
      const kept = { logs: logs || [], selection: selection || [], filter: filter || "", plot: plot, axes: axes || [] };
      Object.assign(kept, { colour: colour, size: size, x: x, y: y, layout: layout, tab: tab, table: table, everything: everything || [], project: project });
      history.keep(kept, path + told);
      return told;
    },
  });

  return { writeIds, written };
});
