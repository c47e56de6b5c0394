/* The table of modules below layer rules: what the rules match, the search, patterns from ticked lines. */
(function () {
  "use strict";

  const skip = () => window.dash_clientside.no_update;
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const WORDS = ["out of reach", "left out", "yes"];

  functions.moduleReach = (params) => WORDS[params.value] || "";
  functions.moduleParameters = (params) => (params.value === null ? "\u2013" : params.value.toLocaleString("en"));

  function grid(identity) {
    try {
      const api = window.dash_ag_grid.getApi(identity);
      return api && !api.isDestroyed() ? api : null;
    } catch {
      return null; // the step is gone, or its grid is still being made
    }
  }

  function whenReady(identity, action, tries) {
    const api = grid(identity);
    if (api) action(api);
    else if ((tries || 0) < 40) window.setTimeout(() => whenReady(identity, action, (tries || 0) + 1), 50);
  }

  /* reach: a digit per line, in the order of the lines as they came. */
  function match(reach, identity) {
    if (typeof reach !== "string") return;
    whenReady(identity, function (api) {
      const changed = [];
      api.forEachNode(function (node) {
        const next = Number(reach[Number(node.id)]);
        if (Number.isNaN(next) || node.data.reach === next) return;
        changed.push(Object.assign({}, node.data, { reach: next }));
      });
      if (changed.length) api.applyTransaction({ update: changed });
    });
  }

  function search(text, identity) {
    whenReady(identity, (api) => api.setGridOption("quickFilterText", text || ""));
  }

  const ticked = (rows) => !(rows && rows.length);

  const literally = (name) => "^" + name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + "$";

  /* Adds a pattern for each ticked module to what is there. */
  function write(presses, rows, text) {
    if (!presses || !rows || !rows.length) return skip();
    const lines = (text || "").split("\n").filter(Boolean);
    const wanted = rows.map((row) => literally(row.pattern)).filter((line) => !lines.includes(line));
    return lines.concat(wanted).join("\n");
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    layerRules: { match, search, ticked, write },
  });
})();
