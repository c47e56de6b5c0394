/* What is selected in the scatterplot, drawn over it: Plotly would restyle every point, which takes a tenth of a
   second per thousand. The other points are dimmed as a whole. */
(function () {
  "use strict";

  const RING_PX = 4;
  const THICK_PX = 2.5;
  let drawn = [];

  function canvasOf(gd) {
    const found = gd.querySelector(".ov-rings");
    if (found) return found;
    const made = document.createElement("canvas");
    made.className = "ov-rings";
    gd.append(made);
    return made;
  }

  /* Pixels of a value by the range that the axis has at this moment, also while it is being dragged. */
  function pixel(axis, value) {
    const [from, to] = axis.range;
    const share = ((axis.type === "log" ? Math.log10(value) : value) - from) / (to - from);
    return axis._offset + axis._length * (axis._id === "y" ? 1 - share : share);
  }

  function place(gd, trace, index) {
    const layout = gd._fullLayout;
    return { x: pixel(layout.xaxis, trace.x[index]), y: pixel(layout.yaxis, trace.y[index]) };
  }

  /* `indices`: points of the trace; none means that nothing is selected and nothing is dimmed. */
  function draw(gd, trace, indices, dim) {
    const canvas = canvasOf(gd);
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(gd.clientWidth * ratio), Math.round(gd.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width: width, height: height });
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    dimmed(gd, dim);
    drawn = indices.map((index) => trace.customdata[index]);
    if (!indices.length) return;
    const layout = gd._fullLayout;
    pen.save();
    pen.beginPath();
    pen.rect(layout.xaxis._offset, layout.yaxis._offset, layout.xaxis._length, layout.yaxis._length);
    pen.clip();
    const ring = window.getComputedStyle(gd).getPropertyValue("--selected");
    for (const index of indices) circle(pen, trace.marker, index, place(gd, trace, index), ring);
    pen.restore();
  }

  function circle(pen, marker, index, at, ring) {
    const radius = marker.size[index] / 2;
    pen.beginPath();
    pen.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    pen.fillStyle = marker.color[index];
    pen.fill();
    pen.lineWidth = marker.line.width;
    pen.strokeStyle = marker.line.color[index];
    pen.stroke();
    pen.beginPath();
    pen.arc(at.x, at.y, radius + RING_PX, 0, 2 * Math.PI);
    pen.lineWidth = THICK_PX;
    pen.strokeStyle = ring;
    pen.stroke();
  }

  function dimmed(gd, on) {
    const full = gd._fullData.find((one) => one.meta === "points");
    const layers = full ? gd.querySelectorAll(".trace" + full.uid + " .points") : [];
    for (const layer of layers) layer.classList.toggle("ov-dimmed", on);
  }

  window.overviewRings = { draw: draw, place: place, drawn: () => drawn };
})();
