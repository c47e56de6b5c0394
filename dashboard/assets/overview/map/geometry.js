/* Geometry of the map: from columns and rows to pixels, and the bends of the lines between models. */
cnc.define("geometry", [], function () {
  "use strict";

  const TOP = 86;
  const BOTTOM = 124; // the bar with legend and buttons, and half a large node above it
  const LEGIBLE = 0.75; // the smallest zoom at which labels and headings can be read
  const TIGHT = 54; // pixels between columns below which headings say nothing any more
  const EDGE = 90; // as many pixels of the map stay in the frame
  const LABEL_PX = 18; // from a node's rim to the top of the label above it
  const SMALLEST = 0.45; // of a node's size
  const WIDEST = 230; // pixels of a label
  const STATE = " \u00b7 100 %";
  const LETTER = 6.3; // pixels of a letter in a label, on average

  function clamp(value, low, high) {
    return Math.min(Math.max(value, low), high);
  }

  /* Letters of a label, with those that tell how far a model is while it is made. */
  function letters(item) {
    const label = item.label || "";
    return item.look === "pictured" ? Math.max(label.length, label.split(" \u00b7 ")[0].length + STATE.length) : label.length;
  }

  /* Pixels left of the first and right of the last column, where labels reach over. */
  function sides(shown) {
    const last = shown.columns.length - 1;
    const widest = (items) => Math.max(0, ...items.map(letters)) * LETTER;
    const first = widest(shown.items.filter((item) => item.column === 0 && !item.leaf));
    const behind = widest(shown.items.filter((item) => item.column === last && item.leaf));
    const [head, tail] = [shown.columns[0], shown.columns[last]].map((column) => (column ? headingPx(column.label) / 2 : 0));
    return {
      left: clamp(Math.max(first / 2 + 8, head), 44, 110),
      right: clamp(Math.max(behind + 26, tail), 40, WIDEST),
    };
  }

  /* Distances between columns and rows that use the room there is, within readable limits. */
  function gaps(shown, width, height) {
    const across = Math.max(1, shown.columns.length - 1);
    const down = Math.max(1, shown.rows - 1);
    const side = sides(shown);
    const y = clamp((height - TOP - BOTTOM) / down, 15, 52);
    // A map too high for its frame is seen from further away: wider gaps keep its columns apart there.
    const away = clamp((height - TOP - BOTTOM) / (down * y), LEGIBLE, 1);
    const room = (width - side.left - side.right) / across;
    const wanted = Math.max(100, ...shown.columns.map((column) => headingPx(column.label)));
    const least = room >= TIGHT ? Math.min(room, wanted) : wanted;
    return { x: clamp(room, least, 290) / away, y: y, side: side };
  }

  /* Pixels that a heading needs on two lines. */
  function headingPx(label) {
    const words = label.split(" ");
    let line = label.length;
    for (let cut = 1; cut < words.length; cut++) {
      line = Math.min(line, Math.max(words.slice(0, cut).join(" ").length, words.slice(cut).join(" ").length));
    }
    return clamp(line * 7.6 + 14, 0, 190);
  }

  function place(node, gap) {
    return { x: node.column * gap.x, y: node.row * gap.y };
  }

  /* Pixels for each label. One beside a leaf has its row to itself up to the frame; one above a node may reach
     over its neighbours' columns where nothing stands next to it. */
  function rooms(shown, gap) {
    const taken = new Set(shown.items.map((item) => item.column + " " + Math.round(item.row)));
    const near = (item) =>
      [-1, 1].some((side) => [-1, 0, 1].some((by) => taken.has(item.column + side + " " + (Math.round(item.row) + by))));
    const last = shown.columns.length - 1;
    const roomOf = (item) => {
      if (item.leaf && !last) return WIDEST; // a single column stands in the middle of the frame
      if (item.leaf) return (last - item.column) * gap.x + gap.side.right - 24;
      const room = near(item) ? gap.x - 8 : gap.x * 1.7;
      return item.column ? room : Math.min(room, 2 * gap.side.left - 4); // up to the frame
    };
    return new Map(shown.items.map((item) => [item.id, roomOf(item)]));
  }

  /* By how much all nodes shrink, so that none lies over its neighbour in the column or over that one's label. */
  function nodeScale(shown, gap) {
    const columns = new Map();
    for (const item of shown.items) {
      if (item.members) continue;
      if (!columns.has(item.column)) columns.set(item.column, []);
      columns.get(item.column).push(item);
    }
    let scale = 1;
    for (const column of columns.values()) {
      column.sort((one, other) => one.row - other.row);
      for (let at = 1; at < column.length; at++) {
        const [above, below] = [column[at - 1], column[at]];
        const free = (below.row - above.row) * gap.y - (below.label && !below.leaf ? LABEL_PX : 1);
        scale = Math.min(scale, free / ((above.size + below.size) / 2));
      }
    }
    return Math.max(SMALLEST, scale);
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

  /* A teacher's line bows over the models between it and its student, whose edges it would else lie on. */
  function bow(from, to, gap) {
    const across = Math.max(Math.abs(to.x - from.x), gap.x);
    return { weights: "0.25 0.75", distances: [1, 1].map(() => (-Math.min(70, 20 + across * 0.08)).toFixed(2)).join(" ") };
  }

  /* What depends on an edge's ends: its bends and its colours from parent to child. */
  function drawn(edge, places, fills, gap) {
    const [from, to] = [places.get(edge.source), places.get(edge.target)];
    const bends = edge.teacher ? bow(from, to, gap) : bend(from, to, gap.x);
    return {
      weights: bends.weights,
      distances: bends.distances,
      colours: fills.get(edge.source) + " " + fills.get(edge.target),
      teacher: Boolean(edge.teacher),
    };
  }

  /* Zoom and pan that show the whole map between headings and buttons, never enlarged. */
  function fitted(shown, gap, frame) {
    const wide = Math.max(1, (shown.columns.length - 1) * gap.x);
    const high = Math.max(1, (shown.rows - 1) * gap.y);
    const roomX = frame.width - gap.side.left - gap.side.right;
    const roomY = frame.height - TOP - BOTTOM;
    const whole = clamp(Math.min(roomX / wide, roomY / high), 0.01, 1);
    const zoom = frame.readable ? clamp(roomY / high, LEGIBLE, 1) : whole;
    const spareX = Math.max(0, roomX - wide * zoom);
    const spareY = Math.max(0, roomY - high * zoom);
    return { zoom: zoom, pan: { x: gap.side.left + spareX / 2, y: TOP + spareY / 2 } };
  }

  /* Zoom and pan that bring a place of the map to the middle, large enough to be read. Its columns stay in the frame
     where they have room, and the map does not leave more room beside them than it needs. */
  function around(shown, gap, cy, at) {
    const wide = Math.max(1, (shown.columns.length - 1) * gap.x);
    const roomX = cy.width() - gap.side.left - gap.side.right;
    const zoom = Math.max(cy.zoom(), clamp(roomX / wide, LEGIBLE, 1));
    const spareX = roomX - wide * zoom;
    const middle = (TOP + cy.height() - BOTTOM) / 2;
    const left = gap.side.left;
    const x = spareX >= 0 ? left + spareX / 2 : clamp(cy.width() / 2 - at.x * zoom, left + spareX, left);
    return { zoom: zoom, pan: { x: x, y: middle - at.y * zoom } };
  }

  function box(shown, gap, cy) {
    const [zoom, pan] = [cy.zoom(), cy.pan()];
    const wide = (shown.columns.length - 1) * gap.x * zoom;
    const high = Math.max(0, shown.rows - 1) * gap.y * zoom;
    return { left: pan.x, top: pan.y, right: pan.x + wide, bottom: pan.y + high };
  }

  /* Whether the map is in the frame from top to bottom, as far as it can be. */
  function inside(shown, gap, cy) {
    const at = box(shown, gap, cy);
    return at.top >= 30 && at.bottom <= cy.height() - 60 && (at.right <= cy.width() || at.left >= 0);
  }

  /* How far to move so that some of the map is in the frame. */
  function astray(shown, gap, cy) {
    if (!shown) return { x: 0, y: 0 };
    const at = box(shown, gap, cy);
    const back = (low, high, size) => Math.max(0, EDGE - high) || Math.min(0, size - EDGE - low);
    return { x: back(at.left, at.right, cy.width()), y: back(at.top, at.bottom, cy.height()) };
  }

  return {
    gaps: gaps,
    place: place,
    rooms: rooms,
    nodeScale: nodeScale,
    drawn: drawn,
    fitted: fitted,
    around: around,
    inside: inside,
    astray: astray,
  };
});
