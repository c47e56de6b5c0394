/* Keeps the Overview's state in the address, so that a link or a reload shows the same view; shows the panel of the tab. */
(function () {
  "use strict";

  Object.assign(window.dash_clientside.overview, {
    /* The pulse tells of the project that was shown when it was asked. */
    follow: function (told, shown, project) {
      return told && told[0] === project && told[1] !== shown ? told[1] : window.dash_clientside.no_update;
    },
    showPanel: function (tab) {
      return "ov-panels " + tab;
    },
    writeAddress: function (colour, size, x, y, logs, layout, selection, filter, plot, axes, tab, table, project) {
      const path = "/p/" + encodeURIComponent(project) + "/overview";
      if (!project || !colour || window.location.pathname !== path) return window.dash_clientside.no_update;
      const state = { colour: colour, size: size, x: x, y: y, log: (logs || []).join("."), layout: layout, tab: tab };
      const parts = Object.entries(state).map(([name, value]) => name + "=" + encodeURIComponent(value));
      if (selection && selection.length) parts.push("selected=" + selection.join("."));
      if (filter) parts.push("filter=" + encodeURIComponent(filter));
      if (plot === "parallel") {
        parts.push("plot=" + plot);
        parts.push("axes=" + encodeURIComponent((axes || []).map(encodeURIComponent).join(",")));
      }
      if (table && table.columns) parts.push("columns=" + encodeURIComponent(table.columns.map(encodeURIComponent).join(",")));
      if (table && table.differing) parts.push("differing=1");
      const query = "?" + parts.join("&");
      if (query !== window.location.search) window.history.replaceState(window.history.state, "", path + query);
      return query;
    },
  });
})();
