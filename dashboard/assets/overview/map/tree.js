/* The map as a tree of texts, for screen readers and for those who would rather read: one item per model.

   It opens level by level, so that it is small however many models there are. */
cnc.define("mapTree", ["dom", "selection", "folds"], function (dom, selection, folds) {
  "use strict";

  const LEVELS = 2; // open at first
  let opened = null;
  let current = null;

  function root() {
    return document.getElementById("overview-tree");
  }

  function children(id) {
    return folds.state.children.get(id) || [];
  }

  function node(id) {
    return folds.state.byId.get(id);
  }

  function draw(scene) {
    const place = root();
    if (!place) return;
    if (!opened || !node(current)) opened = firstOpened();
    const focused = place.contains(document.activeElement);
    if (!node(current)) current = scene.nodes.length ? children(null)[0].id : null;
    place.replaceChildren(...rows());
    if (focused) focus(current);
  }

  /* The top levels, unless that would be very many. */
  function firstOpened() {
    const found = new Set();
    let level = children(null);
    for (let depth = 1; depth < LEVELS && level.length < 60; depth++) {
      level.forEach((one) => found.add(one.id));
      level = level.flatMap((one) => children(one.id));
    }
    return found;
  }

  /* The items from top to bottom as one flat list; their level says how deep they are. */
  function rows() {
    const found = [];
    const pending = children(null).map((one) => [one, 1]).reverse();
    while (pending.length) {
      const [one, level] = pending.pop();
      found.push(item(one, level));
      if (opened.has(one.id)) pending.push(...children(one.id).map((child) => [child, level + 1]).reverse());
    }
    return found;
  }

  function item(one, level) {
    const made = document.createElement("div");
    const below = children(one.id).length;
    made.id = "overview-tree-" + one.id;
    made.dataset.model = one.id;
    made.setAttribute("role", "treeitem");
    made.setAttribute("aria-level", String(level));
    made.setAttribute("aria-selected", String(selection.selected().has(one.id)));
    if (below) made.setAttribute("aria-expanded", String(opened.has(one.id)));
    made.tabIndex = one.id === current ? 0 : -1;
    made.style.paddingLeft = level * 16 - 6 + "px";
    made.textContent = (below ? (opened.has(one.id) ? "\u25be " : "\u25b8 ") : "") + text(one);
    return made;
  }

  function text(one) {
    const figures = one.tip.rows.map((row) => row[0] + " " + row[1]);
    return [one.tip.name, one.tip.operation, one.tip.state, ...figures].filter(Boolean).join(", ");
  }

  function focus(id) {
    const before = document.getElementById("overview-tree-" + current);
    if (before) before.tabIndex = -1;
    current = id;
    const next = document.getElementById("overview-tree-" + id);
    if (!next) return;
    next.tabIndex = 0;
    next.focus();
    selection.hover(id);
  }

  function expand(id, on) {
    if (on) opened.add(id);
    else opened.delete(id);
    draw(cnc.map.state.scene);
  }

  function press(event) {
    current = event.target.dataset.model || current;
    const items = Array.from(root().querySelectorAll("[role=treeitem]"));
    const at = items.findIndex((one) => one.dataset.model === current);
    const open = opened.has(current);
    const go = (one) => one && focus(one.dataset.model);
    const actions = {
      ArrowDown: () => go(items[at + 1]),
      ArrowUp: () => go(items[at - 1]),
      Home: () => go(items[0]),
      End: () => go(items[items.length - 1]),
      ArrowRight: () => (open || !children(current).length ? open && go(items[at + 1]) : expand(current, true)),
      ArrowLeft: () => (open ? expand(current, false) : node(current).parent && focus(node(current).parent)),
      Enter: () => selection.toggle(current, event.shiftKey, ""),
      " ": () => selection.toggle(current, true, ""),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  document.addEventListener("keydown", (event) => {
    if (root() && root().contains(dom.target(event))) press(event);
  });
  document.addEventListener("click", (event) => {
    const one = dom.closest(event, "#overview-tree [role=treeitem]");
    if (!one) return;
    focus(one.dataset.model);
    selection.toggle(one.dataset.model, event.shiftKey, "");
  });

  function select(ids) {
    if (!root()) return;
    for (const one of root().querySelectorAll("[role=treeitem]")) {
      const on = String(ids.has(one.dataset.model));
      if (one.getAttribute("aria-selected") !== on) one.setAttribute("aria-selected", on);
    }
  }

  selection.views.tree = { select: select };
  return { draw: draw };
});
