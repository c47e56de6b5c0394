/* Where people look on the model map: fitting, zooming, flying to a model, and holding still while it changes. */
cnc.define("mapView", ["selection", "geometry", "folds"], function (selection, geometry, folds) {
  "use strict";

  function map() {
    return cnc.map.state;
  }

  /* What stays where it is while other things move: a model that people look at, or the one in the middle. */
  function anchored(around) {
    const cy = map().cy;
    const chosen = [around, selection.hovered(), ...selection.selected()].map((id) => id && folds.stand(id)).find(Boolean);
    const node = chosen ? cy.getElementById(chosen) : nearest(cy.width() / 2, cy.height() / 2);
    return node && node.nonempty() ? { id: node.id(), at: Object.assign({}, node.renderedPosition()) } : null;
  }

  function nearest(x, y) {
    const far = (node) => Math.hypot(node.renderedPosition().x - x, node.renderedPosition().y - y);
    return map().cy.nodes().min(far).ele;
  }

  function hold(anchor) {
    const cy = map().cy;
    const home = anchor.id.startsWith("fold-") ? anchor.id.slice(5) : anchor.id;
    const node = cy.getElementById(folds.stand(home) || anchor.id);
    if (node.empty()) return;
    const now = node.renderedPosition();
    cy.panBy({ x: anchor.at.x - now.x, y: anchor.at.y - now.y });
  }

  /* `readable`: rather the left part of a wide map than all of it too small to read. */
  function fit(readable) {
    const state = map();
    const cy = state.cy;
    state.moved = false;
    cy.viewport(geometry.fitted(state.shown, state.gap, { width: cy.width(), height: cy.height(), readable: readable }));
  }

  function zoomBy(factor) {
    const cy = map().cy;
    map().moved = true;
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
    keep();
  }

  /* However far people drag or zoom, a part of the map stays in the frame. */
  function keep() {
    const by = geometry.astray(map().shown, map().gap, map().cy);
    if (by.x || by.y) map().cy.panBy(by);
  }

  function flyTo(id) {
    if (!map().scene || !folds.state.byId.has(id)) return;
    if (folds.stand(id) !== id) cnc.map.change(() => folds.reveal(id));
    const cy = map().cy;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    map().moved = true;
    const goal = geometry.around(map().shown, map().gap, cy, cy.getElementById(id).position());
    if (still) cy.viewport(goal);
    else cy.animate(goal, { duration: 280 });
  }

  /* What can wait until people see the map. */
  function afterPaint(action) {
    let waiting = true;
    const once = () => {
      if (waiting) action();
      waiting = false;
    };
    window.requestAnimationFrame(() => window.requestAnimationFrame(() => window.setTimeout(once)));
    window.setTimeout(once, document.hidden ? 0 : 2000); // a page in the background paints nothing
  }

  return {
    afterPaint: afterPaint,
    anchored: anchored,
    hold: hold,
    fit: fit,
    zoomBy: zoomBy,
    keep: keep,
    flyTo: flyTo,
  };
});
