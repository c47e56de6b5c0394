/* The keyboard in the tree of modules. */
cnc.define("layersKeys", ["layersModel"], function (lib) {
  "use strict";

  const PAGE_ROWS = 12;

  function listen(tab, act) {
    tab.table.root.addEventListener("keydown", function (event) {
      if (event.target !== tab.table.root || event.altKey || event.ctrlKey || event.metaKey) return;
      const move = moves(tab, act)[event.key];
      if (!move) return;
      event.preventDefault();
      move();
    });
  }

  function moves(tab, act) {
    const { list, view, model } = tab;
    const index = list.indexOf(view.selected);
    const node = view.selected;
    const inner = node !== null && index >= 0 && !view.flat && model.children[node].length > 0;
    const open = inner && lib.isOpen(node, view, tab.table.at().around);
    const to = (place) => list.length && act.select(list[Math.max(0, Math.min(list.length - 1, place))], false);
    return {
      ArrowDown: () => to(index + 1),
      ArrowUp: () => to(index < 0 ? 0 : index - 1),
      PageDown: () => to(index + PAGE_ROWS),
      PageUp: () => to(index - PAGE_ROWS),
      Home: () => to(0),
      End: () => to(list.length - 1),
      ArrowRight: () => (inner && !open ? act.toggle(node) : inner && to(index + 1)),
      ArrowLeft: () => (inner && open ? act.toggle(node) : node !== null && !view.flat && model.parents[node] >= 0 && to(list.indexOf(model.parents[node]))),
      Enter: () => inner && act.toggle(node),
      Escape: () => node !== null && act.select(node, true),
      " ": () => index >= 0 && act.tick(node, !view.ticked.has(node)),
    };
  }

  return { listen };
});
