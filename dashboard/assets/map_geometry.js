/* Geometry of the map: from columns and rows to pixels, and the bends of the lines between models. */
(function () {
  "use strict";

  const MARGIN = { left: 64, right: 96, top: 62, bottom: 90 };

  function clamp(value, low, high) {
    return Math.min(Math.max(value, low), high);
  }

  /* Distances between columns and rows that use the room there is, within readable limits. */
  function gaps(scene, width, height) {
    const across = Math.max(1, scene.columns.length - 1);
    const down = Math.max(1, scene.rows - 1);
    const room = (width - MARGIN.left - MARGIN.right) / across;
    const y = clamp((height - MARGIN.top - MARGIN.bottom) / down, 15, 46);
    // A map too high for its frame is seen from further away: wider gaps keep its columns apart there.
    const away = Math.min(1, (height - MARGIN.top - MARGIN.bottom) / (down * y));
    return { x: clamp(room / away, 96, away < 1 ? 640 : 290), y: y };
  }

  function place(node, gap) {
    return { x: node.column * gap.x, y: node.row * gap.y };
  }

  /* Control points in Cytoscape's terms: share of the way, and distance to the straight line in pixels.
     The line bends between the parent's column and the next, then runs level to the child. */
  function bend(from, to, gap) {
    const points = [
      { x: from.x + gap * 0.36, y: from.y },
      { x: from.x + gap * 0.64, y: to.y },
    ];
    if (to.x - from.x > gap * 1.2) points.push({ x: from.x + gap, y: to.y });
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    const length = Math.hypot(dx, dy) || 1;
    const weights = points.map((p) => ((p.x - from.x) * dx + (p.y - from.y) * dy) / (length * length));
    const distances = points.map((p) => (-(p.x - from.x) * dy + (p.y - from.y) * dx) / length);
    return {
      weights: weights.map((value) => value.toFixed(4)).join(" "),
      distances: distances.map((value) => value.toFixed(2)).join(" "),
    };
  }

  /* Zoom and pan that show the whole map between headings and buttons, never enlarged. */
  function fitted(scene, gap, width, height) {
    const wide = Math.max(1, (scene.columns.length - 1) * gap.x);
    const high = Math.max(1, (scene.rows - 1) * gap.y);
    const roomX = width - MARGIN.left - MARGIN.right;
    const roomY = height - MARGIN.top - MARGIN.bottom;
    const zoom = clamp(Math.min(roomX / wide, roomY / high), 0.05, 1);
    const spareX = Math.max(0, roomX - wide * zoom);
    const spareY = Math.max(0, roomY - high * zoom);
    return { zoom: zoom, pan: { x: MARGIN.left + spareX / 2, y: MARGIN.top + spareY / 2 } };
  }

  window.overviewRoute = { gaps: gaps, place: place, bend: bend, fitted: fitted };
})();
