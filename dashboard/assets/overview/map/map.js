/* The model map: puts the scene that the server describes into Cytoscape, and keeps what people did to it.

   Elements are changed here and not through Dash, so that zoom, pan, hover and selection survive updates. */
cnc.define("map", ["libraries", "selection", "geometry", "folds", "foldLook", "headings", "strip", "mapSearch", "mapTree", "mapView"], function (libraries, selection, geometry, folds, foldLook, headings, strip, mapSearch, mapTree, mapView) {
  "use strict";

  const NEAR = 1.5;
  const SMOOTH = 800; // more models than this are moved as a picture and drawn anew where they stop
  const state = {
    scene: null,
    shown: null,
    cy: null,
    gap: null,
    moved: false,
    near: false,
    adopting: false,
    adding: false,
    painted: false,
    parents: new Map(),
    rooms: new Map(),
    scale: 1,
    tips: new Map(),
  };

  function draw(scene) {
    const cy = libraries.cytoscape("overview-map");
    if (!scene || !document.getElementById("overview-map")) return;
    if (!cy || !cy.width()) {
      window.requestAnimationFrame(() => draw(scene));
      return;
    }
    if (state.cy !== cy) attach(cy);
    const before = state.scene;
    state.scene = scene;
    state.parents = new Map(scene.nodes.map((node) => [node.id, node.parent]));
    const rearranged = !before || before.arrangement !== scene.arrangement || !before.nodes.length;
    if (rearranged) state.moved = false;
    const anchor = rearranged ? null : mapView.anchored();
    // Another column needs room from the others, unless people have chosen what they look at.
    const wider = !rearranged && !state.moved && before.columns.length !== scene.columns.length;
    show(folds.adopt(scene, rearranged), rearranged || wider, anchor);
    mapSearch.mount();
    leave(before);
    if (before) accompany();
    else mapView.afterPaint(accompany);
  }

  /* What goes with the map, but need not be there before people see it. */
  function accompany() {
    if (!state.scene || !document.getElementById("overview-map")) return;
    state.painted = true;
    mapTree.draw(state.scene);
    document.dispatchEvent(new Event("overview-map-painted"));
  }

  /* Models that somebody deleted leave the selection; those still to come, or not drawn at first, stay in it. */
  function leave(before) {
    const known = before && new Set(before.nodes.map((node) => node.id));
    const away = new Set(state.scene.away);
    const gone = (id) => !state.parents.has(id) && !away.has(id) && (!known || known.has(id));
    const chosen = Array.from(selection.selected());
    if (chosen.some(gone)) selection.set(chosen.filter((id) => !gone(id)), "");
  }

  /* Draws what is shown. Where people look stays in place, unless the whole map was in view and outgrew it. */
  function show(shown, afresh, anchor) {
    const cy = state.cy;
    state.shown = shown;
    state.tips = new Map(state.scene.nodes.map((node) => [node.id, node.tip]));
    dress(shown);
    if (afresh || !state.gap) state.gap = geometry.gaps(shown, cy.width(), cy.height());
    cy.renderer().textureOnViewport = shown.items.length > SMOOTH;
    cy.batch(() => update(cy, shown));
    if (afresh || (!state.moved && !geometry.inside(shown, state.gap, cy))) mapView.fit(true);
    else if (anchor) mapView.hold(anchor);
    select(selection.selected());
    headings.draw(shown, state.gap);
    strip.follow();
    sizeLegend();
    document.getElementById("overview-map-frame").dataset.drawn = "";
  }

  function dress(shown) {
    for (const item of shown.items) {
      if (!item.members) continue;
      const look = foldLook(item, state.scene.missing);
      state.tips.set(item.id, look.tip);
      Object.assign(item, look, { look: "fold", size: 38 });
    }
  }

  function update(cy, shown) {
    const missing = state.scene.missing;
    state.rooms = geometry.rooms(shown, state.gap);
    state.scale = geometry.nodeScale(shown, state.gap);
    const fills = new Map(shown.items.map((item) => [item.id, item.fill || missing]));
    const places = new Map(shown.items.map((item) => [item.id, geometry.place(item, state.gap)]));
    const wanted = new Set(places.keys());
    for (const item of shown.items) put(cy, "nodes", nodeData(item), places.get(item.id));
    for (const item of shown.items) {
      for (const edge of edgesTo(item)) {
        wanted.add(edge.id);
        put(cy, "edges", Object.assign(edge, geometry.drawn(edge, places, fills, state.gap)));
      }
    }
    cy.elements().forEach((element) => {
      if (!wanted.has(element.id())) element.remove();
    });
  }

  function edgesTo(item) {
    const wide = item.look === "made" ? 2.4 : 1.4;
    const found = [];
    if (item.parent !== null) found.push({ id: "to-" + item.id, source: item.parent, target: item.id, width: wide });
    const teacher = item.teacher && folds.stand(item.teacher);
    if (teacher && teacher !== item.id) {
      found.push({ id: "teaches-" + item.id, source: teacher, target: item.id, width: 1.4, teacher: true });
    }
    return found;
  }

  /* An edge cannot move to other ends; one whose parent changed is made again. */
  function put(cy, group, data, position) {
    const present = cy.getElementById(data.id);
    if (present.nonempty() && data.source && present.data("source") !== data.source) present.remove();
    else if (present.nonempty()) {
      present.data(data);
      if (position) present.position(position);
      return;
    }
    cy.add({ group: group, data: data, position: position, selectable: data.look !== "fold" });
  }

  function nodeData(item) {
    const near = state.near && item.value !== undefined && item.label;
    return {
      id: item.id,
      look: item.look,
      label: near ? item.label + "  " + item.value : item.label,
      size: item.members ? item.size : item.size * state.scale,
      fill: item.fill || "",
      icon: item.icon || "",
      leaf: item.leaf,
      failed: Boolean(item.failed),
      beyond: Boolean(item.beyond),
      faint: Boolean(item.faint),
      room: state.rooms.get(item.id),
    };
  }

  /* From close by, labels tell the value of the colour as well. */
  function relabel() {
    const near = state.cy.zoom() >= NEAR;
    if (near === state.near || !state.shown) return;
    state.near = near;
    state.cy.batch(() => state.shown.items.forEach((item) => state.cy.getElementById(item.id).data(nodeData(item))));
  }

  function attach(cy) {
    Object.assign(state, { cy: cy, scene: null, shown: null, gap: null, moved: false, near: false, painted: false });
    // dash-cytoscape's own listeners copy elements, extent and hover into Dash after every change.
    cy.removeAllListeners();
    cy.renderer().wheelSensitivity = 0.3;
    cy.on("select unselect", "node", gather);
    cy.on("mouseover", "node", (event) => selection.hover(event.target.id(), pointer(event)));
    cy.on("mouseout", "node", () => selection.hover(null));
    cy.on("tap", "node[look = 'fold']", openFold);
    cy.on("tapstart boxstart", (event) => {
      const from = event.originalEvent;
      state.adding = Boolean(from && (from.shiftKey || from.ctrlKey || from.metaKey));
    });
    cy.on("dragpan scrollzoom pinchzoom", () => {
      state.moved = true;
      mapView.keep();
    });
    cy.on("viewport", follow);
    cy.container().addEventListener("mouseleave", () => selection.hover(null));
    new ResizeObserver(() => resize(cy)).observe(cy.container());
  }

  function pointer(event) {
    return { x: event.originalEvent.clientX, y: event.originalEvent.clientY };
  }

  function follow() {
    headings.follow();
    strip.follow();
    sizeLegend();
    relabel();
  }

  /* The legend's dots are as large as the nodes, as far as they have room. */
  function sizeLegend() {
    const frame = document.getElementById("overview-map-frame");
    if (frame) frame.style.setProperty("--node-scale", String(Math.min(1.2, state.scale * state.cy.zoom())));
  }

  function openFold(event) {
    const id = event.target.id();
    if (state.adding) {
      const inside = folds.within(folds.state.byItem.get(id).members).map((node) => node.id);
      selection.set(Array.from(selection.selected()).concat(inside), "");
      return;
    }
    selection.hover(null);
    change(() => folds.open(id), id);
  }

  /* Folds or opens something; the map stays where it is. */
  function change(action, around) {
    if (!state.scene) return;
    const anchor = mapView.anchored(around);
    action();
    state.moved = true;
    show(folds.arrange(), false, anchor);
    mapView.keep();
  }

  function resize(cy) {
    if (state.cy !== cy || !cy.container() || !cy.container().clientWidth) return;
    cy.resize();
    if (!state.scene || state.moved) return;
    spread();
    mapView.fit(true);
  }

  /* Uses the room that there is for what is shown. */
  function spread() {
    const cy = state.cy;
    const gap = geometry.gaps(state.shown, cy.width(), cy.height());
    if (gap.x === state.gap.x && gap.y === state.gap.y) return;
    state.gap = gap;
    cy.batch(() => update(cy, state.shown));
    headings.draw(state.shown, gap);
  }

  /* Cytoscape fires one event per node; one turn later all have fired. */
  let gathering = false;
  function gather() {
    if (state.adopting || gathering) return;
    gathering = true;
    queueMicrotask(() => {
      gathering = false;
      const ids = state.cy.nodes(":selected").map((node) => node.id());
      const hidden = Array.from(selection.selected()).filter((id) => folds.stand(id) !== id);
      if (state.adding) ids.push(...hidden);
      markPaths(new Set(ids));
      selection.set(ids, "map");
    });
  }

  function select(ids) {
    if (!state.cy) return;
    const cy = state.cy;
    const standing = Array.from(ids, folds.stand).filter(Boolean);
    const holding = new Set(standing.filter((shown) => shown.startsWith("fold-")));
    state.adopting = true;
    cy.batch(() => {
      cy.nodes(":selected").forEach((node) => {
        if (!ids.has(node.id())) node.unselect();
      });
      for (const id of standing) if (ids.has(id)) cy.getElementById(id).select();
      cy.nodes(".holding").forEach((node) => {
        if (!holding.has(node.id())) node.removeClass("holding");
      });
      for (const id of holding) cy.getElementById(id).addClass("holding");
    });
    state.adopting = false;
    markPaths(ids);
  }

  /* The way from the base to each selected model stands out. */
  function markPaths(ids) {
    const onPath = new Set();
    for (const id of ids) {
      for (let at = id; at && !onPath.has(at); at = state.parents.get(at)) onPath.add(at).add(folds.stand(at));
    }
    const cy = state.cy;
    cy.batch(() => {
      cy.edges(".path").forEach((edge) => {
        if (!onPath.has(edge.target().id())) edge.removeClass("path");
      });
      for (const id of onPath) cy.getElementById("to-" + id).addClass("path");
    });
  }

  function hover(id) {
    if (!state.cy) return;
    state.cy.nodes(".hovered").removeClass("hovered");
    if (id) state.cy.getElementById(folds.stand(id) || id).addClass("hovered");
    headings.mark(id);
  }

  function boxMode(on) {
    state.cy.userPanningEnabled(!on);
  }

  selection.views.map = { select: select, hover: hover };

  cnc.callbacks("overview", {
    drawMap: function (scene) {
      draw(scene);
    },
  });

  return {
    state: state,
    boxMode: boxMode,
    change: change,
    spread: spread,
  };
});
