/* What of the map is shown: models, and folds that stand for siblings with all their descendants.

   The server says what is folded at first. What people then open or fold stays so while models come and go. */
cnc.define("folds", [], function () {
  "use strict";

  const FEW = 16; // as many siblings open at once; more become smaller folds
  const state = { scene: null, foldOf: new Map(), byId: new Map(), children: new Map(), items: [], byItem: new Map() };
  state.teaching = new Set();

  function childrenOf(id) {
    return state.children.get(id) || [];
  }

  function index(scene) {
    state.scene = scene;
    state.byId = new Map(scene.nodes.map((node) => [node.id, node]));
    state.teaching = new Set(scene.nodes.map((node) => node.teacher));
    state.children = new Map();
    const sorted = scene.nodes.slice().sort((a, b) => a.row - b.row || a.id - b.id);
    for (const node of sorted) {
      if (!state.children.has(node.parent)) state.children.set(node.parent, []);
      state.children.get(node.parent).push(node);
    }
  }

  function fold(ids) {
    const made = { key: "fold-" + ids[0] };
    ids.forEach((id) => state.foldOf.set(id, made));
  }

  function reset() {
    state.foldOf = new Map();
    state.scene.folds.forEach(fold);
  }

  /* A new model joins the fold that its neighbours are in, so that nothing opens or closes by itself. */
  function join(known) {
    for (const siblings of state.children.values()) {
      siblings.forEach((node, place) => {
        if (known.has(node.id)) return;
        const beside = [siblings[place - 1], siblings[place + 1]].filter((one) => one && one.column === node.column);
        const found = beside.map((one) => state.foldOf.get(one.id)).filter(Boolean);
        if (found.length && found.length === beside.length) state.foldOf.set(node.id, found[0]);
      });
    }
  }

  function adopt(scene, afresh) {
    const known = state.byId;
    index(scene);
    if (afresh) reset();
    else join(known);
    return arrange();
  }

  /* Rows without gaps: what has nothing shown below it gets a row each, parents the middle of theirs. */
  function arrange() {
    const items = [];
    const below = new Map();
    const pending = [null];
    let rows = 0;
    while (pending.length) {
      const item = pending.pop();
      const family = item && item.members ? [] : shownBelow(item ? item.id : null);
      if (item) items.push(item);
      if (item) below.set(item.id, family);
      if (item && !family.length) item.row = rows++;
      for (let place = family.length - 1; place >= 0; place--) pending.push(family[place]);
    }
    for (const item of items.slice().reverse()) {
      const family = below.get(item.id);
      if (family.length) item.row = (family[0].row + family[family.length - 1].row) / 2;
      item.leaf = !family.length && !state.teaching.has(item.id); // a label beside it would lie on its edges
    }
    return compact(items, rows);
  }

  function shownBelow(parent) {
    const found = new Map();
    for (const node of childrenOf(parent)) {
      const home = state.foldOf.get(node.id);
      if (!home) found.set(node.id, Object.assign({}, node));
      else if (found.has(home)) found.get(home).members.push(node);
      else found.set(home, { id: home.key, parent: parent, members: [node] });
    }
    return Array.from(found.values());
  }

  /* Columns in which nothing is shown take no room. */
  function compact(items, rows) {
    for (const item of items) {
      if (item.members) item.column = Math.min(...item.members.map((node) => node.column));
    }
    const used = Array.from(new Set(items.map((item) => item.column))).sort((a, b) => a - b);
    const place = new Map(used.map((column, at) => [column, at]));
    for (const item of items) item.column = place.get(item.column);
    state.items = items;
    state.byItem = new Map(items.map((item) => [item.id, item]));
    return { items: items, rows: rows, columns: used.map((column) => state.scene.columns[column]) };
  }

  function within(members) {
    const found = [];
    const pending = members.slice().reverse();
    while (pending.length) {
      const node = pending.pop();
      found.push(node);
      pending.push(...childrenOf(node.id).slice().reverse());
    }
    return found;
  }

  /* The item that shows a model: itself, or the outermost fold it is in. */
  function stand(id) {
    let shown = id;
    for (let at = id; at; at = (state.byId.get(at) || { parent: null }).parent) {
      const home = state.foldOf.get(at);
      if (home) shown = home.key;
    }
    return state.byItem.has(shown) ? shown : null;
  }

  function open(key) {
    const item = state.byItem.get(key);
    if (!item || !item.members) return;
    item.members.forEach((node) => state.foldOf.delete(node.id));
    if (item.members.length <= FEW) return;
    const most = Math.ceil(item.members.length / FEW);
    for (let start = 0; start < item.members.length; start += most) {
      fold(item.members.slice(start, start + most).map((node) => node.id));
    }
  }

  function openBelow(id) {
    shownBelow(id).forEach((item) => item.members && open(item.id));
  }

  function closeBelow(id) {
    const family = childrenOf(id).map((node) => node.id);
    if (family.length) fold(family);
  }

  /* Opens just what hides a model; its siblings stay in folds before and after it if they are many. */
  function reveal(id) {
    for (let at = id; at; at = state.byId.get(at).parent) {
      const home = state.foldOf.get(at);
      if (!home) continue;
      const parts = [[], []];
      let side = 0;
      for (const node of childrenOf(state.byId.get(at).parent)) {
        if (state.foldOf.get(node.id) !== home) continue;
        if (node.id === at) side = 1;
        else parts[side].push(node.id);
        state.foldOf.delete(node.id);
      }
      if (parts[0].length + parts[1].length >= FEW) parts.filter((part) => part.length > 1).forEach(fold);
    }
  }

  return {
    state: state,
    adopt: adopt,
    arrange: arrange,
    reset: reset,
    openAll: () => state.foldOf.clear(),
    open: open,
    openBelow: openBelow,
    closeBelow: closeBelow,
    reveal: reveal,
    stand: stand,
    within: within,
  };
});
