/* What is selected in the scatterplot, drawn over it: Plotly would restyle every point, which takes a tenth of a
   second per thousand. The other points are dimmed as a whole. */
cnc.define("rings", ["libraries"], function (libraries) {
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

  /* Where a value lies within the range that the axis has at this moment, 0 to 1. */
  function share(axis, value) {
    const [from, to] = axis.range;
    return ((axis.type === "log" ? Math.log10(value) : value) - from) / (to - from);
  }

  function place(gd, trace, index) {
    const { inner, xaxis, yaxis } = libraries.plotFrame(gd);
    const x = inner.left + inner.width * share(xaxis, trace.x[index]);
    const y = inner.top + inner.height * (1 - share(yaxis, trace.y[index]));
    return { x: x, y: y };
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
    const { left, top, width: across, height: down } = libraries.plotFrame(gd).inner;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, across, down);
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
    for (const layer of libraries.pointLayers(gd, "points")) layer.classList.toggle("ov-dimmed", on);
  }

  return { draw: draw, place: place, drawn: () => drawn };
});
