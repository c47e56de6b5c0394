/* Parallel coordinates on a canvas: a line per model, brushes on the axes select, lines can be hovered and clicked. */
cnc.define("parallel", ["selection"], function (selection) {
  "use strict";

  const MARGIN = { left: 14, right: 66, top: 44, bottom: 30 };
  const NEAR_PX = 7;
  let data = null;
  let box = null;
  let brushes = new Map();
  let drag = null;
  let pending = false;

  const observer = new ResizeObserver(() => later());

  function later() {
    if (pending) return;
    pending = true;
    window.requestAnimationFrame(() => {
      pending = false;
      draw();
    });
  }

  function place() {
    const found = document.getElementById("overview-parallel");
    if (!found || found === box) return found;
    box = found;
    const canvas = document.createElement("canvas");
    box.replaceChildren(canvas);
    observer.disconnect();
    observer.observe(box);
    canvas.addEventListener("mousemove", move);
    canvas.addEventListener("mouseleave", () => selection.hover(null));
    canvas.addEventListener("mousedown", press);
    window.addEventListener("mouseup", release);
    return box;
  }

  const width = () => box.clientWidth;
  const height = () => box.clientHeight;
  const across = (index) => MARGIN.left + ((width() - MARGIN.left - MARGIN.right) * index) / Math.max(1, data.axes.length - 1);
  /* What a model has no value of stands below the axis. */
  const up = (share) => (share === null ? height() - 9 : MARGIN.top + (height() - MARGIN.top - MARGIN.bottom) * (1 - share));
  const share = (y) => 1 - (y - MARGIN.top) / (height() - MARGIN.top - MARGIN.bottom);

  function draw() {
    if (!data || !place() || !width() || !height()) return;
    const canvas = box.firstChild;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width() * ratio);
    canvas.height = Math.round(height() * ratio);
    canvas.style.width = width() + "px";
    canvas.style.height = height() + "px";
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const selected = selection.selected();
    const hidden = selection.hidden();
    const faint = selected.size ? 0.22 : Math.max(0.3, Math.min(0.85, 60 / data.lines.length));
    for (const line of data.lines) {
      if (!selected.has(line.id)) stroke(pen, line, line.fill, hidden.has(line.id) ? 0.05 : faint, 1.2);
    }
    for (const line of data.lines) if (selected.has(line.id)) stroke(pen, line, data.theme.selected, 0.95, 2);
    const hovered = data.lines.find((line) => line.id === selection.hovered());
    if (hovered) stroke(pen, hovered, data.theme.text, 1, 2.4);
    data.axes.forEach((axis, index) => drawAxis(pen, axis, index));
  }

  function stroke(pen, line, colour, alpha, thick) {
    pen.globalAlpha = alpha;
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.beginPath();
    line.places.forEach((at, index) => (index ? pen.lineTo(across(index), up(at)) : pen.moveTo(across(index), up(at))));
    pen.stroke();
    pen.globalAlpha = 1;
  }

  function drawAxis(pen, axis, index) {
    const x = across(index);
    pen.strokeStyle = data.theme.dimmed;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x, up(1));
    pen.lineTo(x, up(0));
    pen.stroke();
    const range = brushes.get(axis.field);
    if (range) {
      pen.fillStyle = data.theme.selected;
      pen.globalAlpha = 0.35;
      pen.fillRect(x - 6, up(range[1]), 12, Math.max(2, up(range[0]) - up(range[1])));
      pen.globalAlpha = 1;
    }
    const beside = 5;
    pen.textAlign = "left";
    pen.font = "10.5px " + getComputedStyle(document.body).fontFamily;
    for (const [at, text] of axis.ticks) written(pen, text, x + beside, up(at) + 3.5, data.theme.dimmed);
    if (data.lines.some((line) => line.places[index] === null)) written(pen, "none", x + beside, up(null) + 3.5, data.theme.dimmed);
    const start = Math.max(2, x - 8);
    const room = (index === data.axes.length - 1 ? width() : across(index + 1) - 8) - start - 5;
    pen.font = "600 11.5px " + getComputedStyle(document.body).fontFamily;
    written(pen, fitted(pen, axis.label, room), start, 13, data.theme.text);
    pen.font = "10px " + getComputedStyle(document.body).fontFamily;
    written(pen, fitted(pen, axis.below, room), start, 26, data.theme.dimmed);
  }

  function fitted(pen, text, room) {
    let shown = text;
    while (shown.length > 3 && pen.measureText(shown).width > room) shown = shown.slice(0, -2) + "\u2026";
    return shown;
  }

  function written(pen, text, x, y, colour) {
    pen.lineWidth = 3;
    pen.strokeStyle = data.theme.surface;
    pen.strokeText(text, x, y);
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  }

  function pointer(event) {
    const frame = box.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  }

  function axisAt(at) {
    return data.axes.findIndex((_, index) => Math.abs(across(index) - at.x) < 11);
  }

  /* The line that passes the pointer most closely, between the two axes around it. */
  function lineAt(at) {
    const last = data.axes.length - 1;
    if (last < 1) return null;
    const step = (across(last) - across(0)) / last;
    const left = Math.max(0, Math.min(last - 1, Math.floor((at.x - across(0)) / step)));
    const way = (at.x - across(left)) / step;
    if (way < -0.1 || way > 1.1) return null;
    let best = null;
    let distance = NEAR_PX;
    for (const line of data.lines) {
      if (selection.hidden().has(line.id)) continue;
      const y = up(line.places[left]) * (1 - way) + up(line.places[left + 1]) * way;
      if (Math.abs(y - at.y) < distance) [best, distance] = [line.id, Math.abs(y - at.y)];
    }
    return best;
  }

  function move(event) {
    if (!data) return;
    const at = pointer(event);
    if (drag) {
      const ends = [drag.from, share(at.y)].map((end) => Math.max(-0.02, Math.min(1.02, end)));
      brushes.set(data.axes[drag.axis].field, ends.sort((a, b) => a - b));
      drag.moved = drag.moved || Math.abs(share(at.y) - drag.from) > 0.015;
      later();
      return;
    }
    box.firstChild.style.cursor = axisAt(at) >= 0 ? "ns-resize" : "default";
    const id = lineAt(at);
    if (id !== selection.hovered() || id) selection.hover(id, id ? { x: event.clientX, y: event.clientY } : null);
  }

  function press(event) {
    if (!data) return;
    const at = pointer(event);
    const axis = axisAt(at);
    if (axis >= 0) {
      event.preventDefault();
      drag = { axis: axis, from: share(at.y), moved: false };
      return;
    }
    const id = lineAt(at);
    if (id) selection.toggle(id, event.shiftKey || event.ctrlKey, "");
  }

  function release() {
    if (!drag) return;
    if (!drag.moved) brushes.delete(data.axes[drag.axis].field);
    drag = null;
    selection.set(brushed(), "");
    later();
  }

  function brushed() {
    if (!brushes.size) return [];
    const ranges = data.axes.map((axis) => brushes.get(axis.field));
    const inside = (at, range) => !range || (at !== null && at >= range[0] && at <= range[1]);
    return data.lines.filter((line) => line.places.every((at, index) => inside(at, ranges[index]))).map((line) => line.id);
  }

  /* A brush keeps the values it was drawn over, also where new models stretch its axis: its ends move as the models
     beside them do. */
  function carried(field, range, before) {
    const [from, to] = [before, data].map((drawing) => drawing.axes.findIndex((axis) => axis.field === field));
    const places = new Map(before.lines.map((line) => [line.id, line.places[from]]));
    const moves = data.lines
      .map((line) => [places.get(line.id), line.places[to]])
      .filter(([old, now]) => typeof old === "number" && typeof now === "number")
      .sort((one, other) => one[0] - other[0])
      .filter(([old], at, all) => !at || old > all[at - 1][0]);
    return moves.length > 1 ? range.map((end) => moved(end, moves)) : range;
  }

  function moved(end, moves) {
    const after = moves.findIndex(([old]) => old >= end);
    const next = after < 0 ? moves.length - 1 : Math.max(1, after);
    const [low, high] = [moves[next - 1], moves[next]];
    return low[1] + ((end - low[0]) / (high[0] - low[0])) * (high[1] - low[1]);
  }

  function select(ids) {
    const now = brushed();
    // Somebody selected something else: the brushes no longer tell what is selected.
    if (data && brushes.size && !drag && (now.length !== ids.size || now.some((id) => !ids.has(id)))) brushes.clear();
    later();
  }

  selection.views.parallel = { select: select, hover: later, hide: later };

  cnc.callbacks("overview", {
    drawParallel: function (drawing) {
      if (!drawing) return;
      const before = data;
      data = drawing;
      const known = new Set(data.axes.map((axis) => axis.field));
      const kept = Array.from(brushes).filter(([field]) => known.has(field));
      brushes = new Map(kept.map(([field, range]) => [field, carried(field, range, before)]));
      later();
    },
    showPlot: function (plot) {
      window.setTimeout(later, 30);
      return "ov-card ov-scatter " + plot;
    },
  });
});
