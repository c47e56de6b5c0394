/* The table of modules below layer rules: what the rules match, the search, patterns from ticked lines. */
cnc.define("layerRules", ["libraries"], function (libraries) {
  "use strict";

  const skip = libraries.unchanged;
  const WORDS = ["out of reach", "left out", "yes"];

  cnc.gridFunctions({
    moduleReach: (params) => WORDS[params.value] || "",
    moduleParameters: (params) => (params.value === null ? "\u2013" : params.value.toLocaleString("en")),
  });

  /* reach: a digit per line, in the order of the lines as they came. */
  function match(reach, identity) {
    if (typeof reach !== "string") return;
    libraries.whenGrid(identity, function (api) {
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
    libraries.whenGrid(identity, (api) => api.setGridOption("quickFilterText", text || ""));
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

  /* Adds a line for each ticked module, with the first value of the step to be changed. */
  function differ(presses, rows, text, values, ids) {
    if (!presses || !rows || !rows.length || !ids.length) return skip();
    const held = Array.isArray(values[0]) ? values[0][0] : String(values[0] ?? "").split(",")[0];
    const value = ids[0].name + "=" + String(held ?? "").trim().replace(/^"|"$/g, "");
    const lines = (text || "").split("\n").filter(Boolean);
    const known = (pattern) => lines.some((line) => line.startsWith(pattern + ":"));
    const wanted = rows.map((row) => literally(row.pattern)).filter((pattern) => !known(pattern));
    return lines.concat(wanted.map((pattern) => pattern + ": " + value)).join("\n");
  }

  cnc.callbacks("layerRules", { match, search, ticked, write, differ });
});
