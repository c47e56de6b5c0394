/* The model map: puts the scene that the server describes into Cytoscape, and keeps what people did to it.

   Elements are changed here and not through Dash, so that zoom, pan, hover and selection survive updates. */
(function () {
  "use strict";

  const bus = window.overviewBus;
  const route = window.overviewRoute;
  const state = { scene: null, cy: null, gap: null, moved: false, adopting: false, parents: new Map(), tips: new Map() };

  function instance() {
    const element = document.getElementById("overview-map");
    return element && element._cyreg ? element._cyreg.cy : null;
  }

  function draw(scene) {
    const cy = instance();
    if (!scene || !document.getElementById("overview-map")) return;
    if (!cy || !cy.width()) {
      window.requestAnimationFrame(() => draw(scene));
      return;
    }
    if (state.cy !== cy) attach(cy);
    const before = state.scene;
    state.scene = scene;
    state.parents = new Map(scene.nodes.map((node) => [node.id, node.parent]));
    state.tips = new Map(scene.nodes.map((node) => [node.id, node.tip]));
    const rearranged = !before || before.arrangement !== scene.arrangement;
    const resized = rearranged || before.rows !== scene.rows || before.columns.length !== scene.columns.length;
    if (rearranged) state.moved = false;
    if (!state.gap || (resized && !state.moved)) state.gap = route.gaps(scene, cy.width(), cy.height());
    cy.batch(() => update(cy, scene));
    if (resized && !state.moved) fit();
    select(bus.selected());
    window.overviewHeadings.draw(scene, state.gap);
  }

  function update(cy, scene) {
    const known = new Set(scene.nodes.map((node) => node.id));
    cy.nodes().forEach((node) => {
      if (!known.has(node.id())) node.remove();
    });
    const fills = new Map(scene.nodes.map((node) => [node.id, node.fill || scene.missing]));
    const places = new Map(scene.nodes.map((node) => [node.id, route.place(node, state.gap)]));
    for (const node of scene.nodes) put(cy, "nodes", nodeData(node), places.get(node.id));
    for (const node of scene.nodes) {
      if (node.parent !== null) put(cy, "edges", edgeData(node, fills, places));
    }
  }

  function put(cy, group, data, position) {
    const present = cy.getElementById(data.id);
    if (present.empty()) {
      cy.add({ group: group, data: data, position: position });
      return;
    }
    present.data(data);
    if (position) present.position(position);
  }

  function nodeData(node) {
    return {
      id: node.id,
      look: node.look,
      label: node.label,
      size: node.size,
      fill: node.fill || "",
      icon: node.icon || "",
      leaf: node.leaf,
      failed: Boolean(node.failed),
    };
  }

  function edgeData(node, fills, places) {
    const bends = route.bend(places.get(node.parent), places.get(node.id), state.gap.x);
    return {
      id: "to-" + node.id,
      source: node.parent,
      target: node.id,
      weights: bends.weights,
      distances: bends.distances,
      colours: fills.get(node.parent) + " " + fills.get(node.id),
      width: node.look === "made" ? 2.4 : 1.4,
    };
  }

  function attach(cy) {
    Object.assign(state, { cy: cy, scene: null, gap: null, moved: false });
    // dash-cytoscape's own listeners copy elements, extent and hover into Dash after every change.
    cy.removeAllListeners();
    cy.renderer().wheelSensitivity = 0.3; // as an option it would warn
    cy.on("select unselect", "node", gather);
    cy.on("mouseover", "node", (event) => bus.hover(event.target.id(), pointer(event)));
    cy.on("mouseout", "node", () => bus.hover(null));
    cy.on("dragpan scrollzoom pinchzoom", () => {
      state.moved = true;
    });
    cy.on("viewport", () => window.overviewHeadings.follow());
    cy.container().addEventListener("mouseleave", () => bus.hover(null));
    new ResizeObserver(() => resize(cy)).observe(cy.container());
  }

  function pointer(event) {
    return { x: event.originalEvent.clientX, y: event.originalEvent.clientY };
  }

  function resize(cy) {
    if (state.cy !== cy || !cy.container() || !cy.container().clientWidth) return;
    cy.resize();
    if (!state.scene || state.moved) return;
    state.gap = route.gaps(state.scene, cy.width(), cy.height());
    cy.batch(() => update(cy, state.scene));
    fit();
    window.overviewHeadings.draw(state.scene, state.gap);
  }

  function fit() {
    state.moved = false;
    const target = route.fitted(state.scene, state.gap, state.cy.width(), state.cy.height());
    state.cy.viewport(target);
  }

  function zoomBy(factor) {
    const cy = state.cy;
    state.moved = true;
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }

  /* Cytoscape tells of every node by itself; one turn later all of them are known. */
  let gathering = false;
  function gather() {
    if (state.adopting || gathering) return;
    gathering = true;
    queueMicrotask(() => {
      gathering = false;
      const ids = state.cy.nodes(":selected").map((node) => node.id());
      markPaths(new Set(ids));
      bus.set(ids, "map");
    });
  }

  function select(ids) {
    if (!state.cy) return;
    state.adopting = true;
    state.cy.batch(() => {
      state.cy.nodes().forEach((node) => {
        if (ids.has(node.id()) !== node.selected()) ids.has(node.id()) ? node.select() : node.unselect();
      });
    });
    state.adopting = false;
    markPaths(ids);
  }

  /* The way from the base to each selected model stands out. */
  function markPaths(ids) {
    const onPath = new Set();
    for (const id of ids) {
      for (let at = id; at && !onPath.has(at); at = state.parents.get(at)) onPath.add(at);
    }
    state.cy.batch(() => {
      state.cy.edges().forEach((edge) => {
        edge.toggleClass("path", ids.size > 0 && onPath.has(edge.target().id()));
      });
    });
  }

  function hover(id) {
    if (!state.cy) return;
    state.cy.nodes(".hovered").removeClass("hovered");
    if (id) state.cy.getElementById(id).addClass("hovered");
    window.overviewHeadings.mark(id && state.scene.nodes.find((node) => node.id === id));
  }

  function boxMode(on) {
    state.cy.userPanningEnabled(!on);
  }

  bus.views.map = { select: select, hover: hover };
  window.overviewMap = { state: state, fit: fit, zoomBy: zoomBy, boxMode: boxMode };

  Object.assign(window.dash_clientside.overview, {
    drawMap: function (scene) {
      draw(scene);
    },
  });
})();
