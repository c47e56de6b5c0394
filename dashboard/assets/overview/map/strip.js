/* The overview strip: the whole map in small while it does not fit its frame; dragging in it moves the map. */
cnc.define("strip", ["dom", "mapView"], function (dom, mapView) {
  "use strict";

  const PAD = 6;
  let scale = { x: 1, y: 1 };
  let waiting = false;
  const picture = { of: null, canvas: document.createElement("canvas") };

  function parts() {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("overview-map-strip"));
    const map = cnc.map.state;
    return canvas && map.shown && map.gap ? { canvas: canvas, map: map } : null;
  }

  function place(item, gap) {
    return { x: PAD + item.column * gap.x * scale.x, y: PAD + item.row * gap.y * scale.y };
  }

  function follow() {
    if (waiting) return;
    waiting = true;
    window.requestAnimationFrame(() => {
      waiting = false;
      paint();
    });
  }

  function paint() {
    const found = parts();
    if (!found) return;
    const { canvas, map } = found;
    const seen = map.cy.extent();
    const last = { x: (map.shown.columns.length - 1) * map.gap.x, y: (map.shown.rows - 1) * map.gap.y };
    const edge = 20 / map.cy.zoom();
    canvas.hidden = seen.x1 <= 0 && seen.y1 <= 0 && seen.x2 >= last.x + edge && seen.y2 >= last.y + edge;
    if (canvas.hidden || !canvas.clientWidth) return; // not needed, or no room for it
    const size = { width: 2 * canvas.clientWidth, height: 2 * canvas.clientHeight }; // sharp everywhere
    if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
    scale = {
      x: (canvas.width - 2 * PAD) / Math.max(1, last.x),
      y: (canvas.height - 2 * PAD) / Math.max(1, last.y),
    };
    const style = window.getComputedStyle(canvas);
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(pictured(map, canvas), 0, 0);
    pen.strokeStyle = style.color;
    pen.lineWidth = 1.5;
    pen.strokeRect(PAD + seen.x1 * scale.x, PAD + seen.y1 * scale.y, seen.w * scale.x, seen.h * scale.y);
  }

  /* The models, painted once until others are shown: while the map moves, only the frame in it does. */
  function pictured(map, canvas) {
    const painted = picture.canvas;
    if (picture.of === map.shown && painted.width === canvas.width && painted.height === canvas.height) return painted;
    picture.of = map.shown;
    Object.assign(painted, { width: canvas.width, height: canvas.height });
    const pen = painted.getContext("2d");
    for (const item of map.shown.items) {
      const at = place(item, map.gap);
      pen.fillStyle = item.fill || map.scene.missing;
      pen.fillRect(at.x - 1.5, at.y - 1, item.members ? 7 : 3, 2);
    }
    return painted;
  }

  function moveTo(event) {
    const found = parts();
    if (!found || !event.buttons) return;
    const { canvas, map } = found;
    const frame = canvas.getBoundingClientRect();
    const x = ((event.clientX - frame.left) * (canvas.width / frame.width) - PAD) / scale.x;
    const y = ((event.clientY - frame.top) * (canvas.height / frame.height) - PAD) / scale.y;
    const zoom = map.cy.zoom();
    map.moved = true;
    map.cy.pan({ x: map.cy.width() / 2 - x * zoom, y: map.cy.height() / 2 - y * zoom });
    mapView.keep();
  }

  for (const kind of ["pointerdown", "pointermove"]) {
    document.addEventListener(kind, (event) => {
      if (dom.closest(event, "#overview-map-strip")) moveTo(event);
    });
  }

  return { follow: follow };
});
