/* Small and large drawings of cells: histograms, shares of zeros, bars. */
cnc.define("layersDrawing", [], function () {
  "use strict";

  const CLASSES = ["unchanged", "up to 1 %", "up to 10 %", "up to 50 %", "up to 100 %", "more than 100 %"];
  const OUTSIDE_PX = 3; // between the bins of the range and those out of it

  let present = null;

  /* The colours of the present scheme. */
  function colours() {
    const scheme = document.documentElement.dataset.mantineColorScheme || "";
    if (!present || present.scheme !== scheme) present = read(scheme);
    return present;
  }

  const rgb = (hex) => [1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16));

  function read(scheme) {
    const style = getComputedStyle(document.documentElement);
    const at = (name) => style.getPropertyValue(name).trim();
    return {
      scheme,
      text: at("--text"), dimmed: at("--dimmed"), border: at("--border"), accent: at("--accent"), selected: at("--selected"), failure: at("--failure"),
      classes: [0, 1, 2, 3, 4, 5].map((each) => at("--layers-change-" + each)),
      picture: rgb(at("--layers-picture")),
      lines: [0, 1, 2, 3, 4, 5].map((each) => at("--layers-line-" + each)),
    };
  }

  /* Measuring makes the browser lay out the page, so drawings of one size share what was measured. */
  function sizeOf(canvas) {
    return { width: canvas.clientWidth, height: canvas.clientHeight };
  }

  function prepared(canvas, { width, height }) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return { context, width, height };
  }

  /* Left edge and width of each bin: one below the range, those within, one above it. */
  function bins(count, width) {
    const each = (width - 2 * OUTSIDE_PX) / count;
    return Array.from({ length: count }, (_, place) => [place * each + (place > 0 ? OUTSIDE_PX : 0) + (place === count - 1 ? OUTSIDE_PX : 0), each]);
  }

  function histogram(canvas, size, bytes, look) {
    const { context, width, height } = prepared(canvas, size);
    const count = bytes.length / 2;
    bins(count, width).forEach(function ([left, wide], place) {
      if (!bytes[place]) return;
      const outside = place === 0 || place === count - 1;
      const all = (bytes[place] / 255) * (height - 1);
      const changed = Math.min(all, (bytes[count + place] / 255) * (height - 1));
      context.fillStyle = outside ? look.selected : look.classes[0];
      context.fillRect(left, height - 1 - all, Math.max(0.8, wide - 0.4), all);
      context.fillStyle = outside ? look.selected : look.classes[4];
      context.fillRect(left, height - 1 - changed, Math.max(0.8, wide - 0.4), changed);
    });
    context.fillStyle = look.border;
    context.fillRect(0, height - 1, width, 1);
  }

  /* Zeros in both, only here, only in the baseline, as shares of the whole width. */
  function shares(canvas, size, three, node, look) {
    const { context, width, height } = prepared(canvas, size);
    const top = Math.round(height / 2) - 5;
    context.fillStyle = look.border;
    context.fillRect(0, top + 9, width, 1);
    let left = 0;
    [look.dimmed, look.classes[4], look.selected].forEach(function (colour, each) {
      const wide = (three[each][node] / 255) * width;
      context.fillStyle = colour;
      context.fillRect(left, top, wide, 10);
      left += wide;
    });
  }

  function bar(canvas, size, [value, largest], look) {
    const { context, width, height } = prepared(canvas, size);
    const top = Math.round(height / 2) - 5;
    context.fillStyle = look.border;
    context.fillRect(0, top + 9, width, 1);
    if (!(Math.abs(value) > 0) || !(largest > 0)) return;
    context.fillStyle = look.classes[3];
    context.fillRect(0, top, Math.max(1, Math.min(1, Math.abs(value) / largest) * width), 10);
  }

  /* A change from zero on, its interval as a line and its estimate as a ring; extent: ends of what all rows need. */
  function change(canvas, size, [value, low, high, estimate], extent, look) {
    const { context, width, height } = prepared(canvas, size);
    const middle = Math.round(height / 2);
    const x = (one) => 3 + ((one - extent[0]) / (extent[1] - extent[0])) * (width - 6);
    const known = Number.isFinite;
    context.fillStyle = look.border;
    context.fillRect(x(0), middle - 9, 1, 18);
    if (known(value)) {
      context.fillStyle = look.classes[2];
      context.fillRect(Math.min(x(0), x(value)), middle - 5, Math.max(1, Math.abs(x(value) - x(0))), 10);
    }
    if (known(low) && known(high)) {
      context.fillStyle = look.text;
      context.fillRect(x(low), middle - 1, Math.max(1, x(high) - x(low)), 1.5);
      [low, high].forEach((end) => context.fillRect(x(end) - 0.5, middle - 4, 1.5, 8));
    }
    if (!known(estimate)) return;
    context.strokeStyle = look.selected;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x(estimate), middle, 3, 0, 2 * Math.PI);
    context.stroke();
  }

  /* The large histogram, stacked by class of change; counts by class and bin. */
  function stacked(canvas, counts, largest, look) {
    const { context, width, height } = prepared(canvas, sizeOf(canvas));
    const places = bins(counts[0].length, width);
    places.forEach(function ([left, wide], place) {
      const total = counts.reduce((sum, each) => sum + each[place], 0);
      if (!total) return;
      const whole = Math.max(1, Math.sqrt(total / largest) * (height - 2));
      let bottom = height - 1;
      counts.forEach(function (each, number) {
        const part = (each[place] / total) * whole;
        context.fillStyle = counts.length === 1 ? look.classes[0] : look.classes[number];
        context.fillRect(left, bottom - part, Math.max(0.8, wide - 0.5), part);
        bottom -= part;
      });
      if (place === 0 || place === places.length - 1) {
        context.fillStyle = look.selected;
        context.fillRect(left, bottom, Math.max(0.8, wide - 0.5), Math.min(2, whole));
      }
    });
    context.fillStyle = look.border;
    context.fillRect(0, height - 1, width, 1);
  }

  function binAt(canvas, count, x) {
    const place = bins(count, canvas.clientWidth).findIndex(([left, wide]) => x >= left - 1 && x < left + wide + 0.5);
    return place < 0 ? (x > canvas.clientWidth / 2 ? count - 1 : 0) : place;
  }

  return { colours, sizeOf, prepared, histogram, shares, bar, change, stacked, binAt, CLASSES };
});
