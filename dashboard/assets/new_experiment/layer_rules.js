/* The table of modules below layer rules: what the rules match, the search, patterns from ticked lines. */
cnc.define("layerRules", ["libraries"], function (libraries) {
  "use strict";

  const skip = libraries.unchanged;
  const WORDS = ["out of reach", "left out", "yes"];
  const NOTHING = "\u2013";

  cnc.gridFunctions({
    moduleReach: (params) => WORDS[params.value] || "",
    moduleParameters: (params) => (params.value === null ? NOTHING : params.value.toLocaleString("en")),
    moduleShare: (params) => (params.value === null ? NOTHING : (params.value * 100).toFixed(1) + " %"),
    moduleLoss: (params) => (params.value === null ? NOTHING : signed(params.value)),
  });

  function signed(change) {
    const text = Math.abs(change).toPrecision(3);
    return (change < 0 ? "\u2212" : "+") + (text.includes("e") ? text : String(Number(text)));
  }

  /* found: what the step does with each line and what that costs, in the order of the lines as they came. */
  function match(found, identity) {
    if (!found) return;
    libraries.whenGrid(identity, function (api) {
      const changed = [];
      api.forEachNode(function (node) {
        const place = Number(node.id);
        const [reach, loss] = [found.reach[place], found.loss[place]];
        if (reach === undefined || (node.data.reach === reach && node.data.loss === loss)) return;
        changed.push(Object.assign({}, node.data, { reach, loss }));
      });
      if (changed.length) api.applyTransaction({ update: changed });
    });
  }

  function search(text, identity) {
    libraries.whenGrid(identity, (api) => api.setGridOption("quickFilterText", text || ""));
  }

  const ticked = (rows) => !(rows && rows.length);

  const literally = (name) => "^" + name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + "$";

  const filled = (text) => (text || "").split("\n").filter(Boolean);

  /* Whether some pattern finds a module; one that cannot be read here finds none. */
  function finds(lines, name) {
    return lines.some(function (line) {
      try {
        return new RegExp(line).test(name);
      } catch {
        return false;
      }
    });
  }

  /* Rules after a module was taken in or left out: as few lines change as can. */
  function without(name, include, exclude) {
    const kept = include.filter((line) => line !== literally(name));
    const rest = kept.length ? kept : include;
    const found = !rest.length || finds(rest, name);
    return [rest, found ? exclude.concat(literally(name)) : exclude];
  }

  function having(name, include, exclude) {
    const rest = exclude.filter((line) => line !== literally(name));
    const missing = include.length && !finds(include, name);
    return finds(rest, name) ? null : [missing ? include.concat(literally(name)) : include, rest];
  }

  function toggle(clicked, identity, include, exclude) {
    const api = clicked && clicked.colId === "reach" && libraries.grid(identity);
    const node = api && api.getRowNode(clicked.rowId);
    if (!node || !node.data.reach) return [skip(), skip()];
    const change = node.data.reach === 2 ? without : having;
    const rules = change(node.data.pattern, filled(include), filled(exclude));
    return rules ? rules.map((lines) => lines.join("\n")) : [skip(), skip()];
  }

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

  cnc.callbacks("layerRules", { match, search, ticked, toggle, write, differ });
});
