/* The tree of modules in the browser: what the server sent, decoded, and which rows are to be seen in which order. */
cnc.define("layersModel", [], function () {
  "use strict";

  const BY_NAME = new Intl.Collator("en", { numeric: true });
  const NEW = { i4: Int32Array, u2: Uint16Array, u1: Uint8Array, f4: Float32Array };

  function decoded(text, kind) {
    if (text === null || text === undefined) return null;
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let each = 0; each < raw.length; each += 1) bytes[each] = raw.charCodeAt(each);
    return new NEW[kind](bytes.buffer);
  }

  function named(labels, parents) {
    const names = [];
    labels.forEach((label, node) => names.push(parents[node] < 0 ? label : names[parents[node]] + label));
    return names;
  }

  function read(told) {
    const parents = decoded(told.parents, "i4");
    const names = named(told.labels, parents);
    const children = names.map(() => []);
    const depth = new Uint8Array(names.length);
    const top = [];
    parents.forEach(function (parent, node) {
      (parent < 0 ? top : children[parent]).push(node);
      depth[node] = parent < 0 ? 0 : depth[parent] + 1;
    });
    const leaves = decoded(told.leaves, "i4");
    const own = new Uint8Array(names.length);
    leaves.forEach((node) => (own[node] = 1));
    return {
      told, parents, names, children, depth, top, leaves, own,
      labels: told.labels.map((label) => label.replace(/^\./, "")),
      numbers: new Map(names.map((name, node) => [name, node])),
      order: Array.from(decoded(told.order, "i4"), (leaf) => leaves[leaf]),
      typeOf: decoded(told.typeOf, "u2"),
      values: told.values.map((one) => decoded(one, "f4")),
      second: told.second && told.second.values.map((one) => decoded(one, "f4")),
      ends: told.ends && told.ends.map((two) => two && two.map((one) => decoded(one, "f4"))),
      shares: told.shares && told.shares.map((three) => three && three.map((one) => decoded(one, "u1"))),
      relation: told.columns.map((column) => decoded(column.relation, "u1")),
      figure: told.figures.find((figure) => figure.key === told.figure) || told.figures[0],
    };
  }

  /* What is open at first: level by level, as long as all rows fit on a screen. */
  function opened(model, most) {
    const open = new Set();
    let level = model.top;
    let shown = level.length;
    while (level.length) {
      const below = level.flatMap((node) => model.children[node]);
      if (!below.length || shown + below.length > most) break;
      level.forEach((node) => model.children[node].length && open.add(node));
      shown += below.length;
      level = below;
    }
    return open;
  }

  function compare(model, sort) {
    if (!sort) return null;
    const down = !sort.startsWith("-");
    const key = sort.replace(/^-/, "");
    if (key === "name") {
      const sign = down ? 1 : -1;
      return (one, other) => sign * BY_NAME.compare(model.names[one], model.names[other]);
    }
    const place = model.told.columns.findIndex((column) => String(column.id) === key);
    if (place < 0) return null;
    if (model.told.texts) {
      const texts = model.told.texts[place];
      return (one, other) => (down ? 1 : -1) * BY_NAME.compare(texts[one] || "", texts[other] || "");
    }
    const values = model.values[place];
    if (!values) return null;
    return function (one, other) {
      const [a, b] = [values[one], values[other]];
      if (a !== a || b !== b) return Number(a !== a) - Number(b !== b) || one - other;
      return (down ? b - a : a - b) || one - other;
    };
  }

  /* Rows from top to bottom. found: flags of the nodes that the expression finds, null without one. */
  function rows(model, view, found) {
    const order = compare(model, view.sort);
    if (view.flat) {
      const flat = Array.from(model.leaves).filter((node) => !found || found[node]);
      flat.sort((one, other) => one - other);
      return order ? flat.sort(order) : flat;
    }
    const around = found && holders(model, found);
    const seen = [];
    function walk(nodes, wanted) {
      const here = wanted || !found ? nodes : nodes.filter((node) => found[node] || around[node]);
      const sorted = order ? here.slice().sort(order) : here;
      for (const node of sorted) {
        seen.push(node);
        const all = wanted || !found || (found[node] && !around[node]);
        if (model.children[node].length && isOpen(node, view, around)) walk(model.children[node], all);
      }
    }
    walk(model.top, false);
    return seen;
  }

  function isOpen(node, view, around) {
    return around && around[node] ? !view.shut.has(node) : view.open.has(node);
  }

  /* Flags of the nodes with a found one below. */
  function holders(model, found) {
    const flags = new Uint8Array(found.length);
    for (let node = found.length - 1; node >= 0; node -= 1) {
      const parent = model.parents[node];
      if (parent >= 0 && (found[node] || flags[node])) flags[parent] = 1;
    }
    return flags;
  }

  return { read, opened, rows, isOpen, holders, decoded };
});
