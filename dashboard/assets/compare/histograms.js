/* Brushes of histograms: dragging over bars writes a range filter of that model into the address. */
cnc.define("histograms", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  const LEAST_PX = 4;
  let brush = null;
  let dragged = false;

  function barAt(plot, x) {
    const bars = plot.querySelectorAll(".histogram-bar");
    const box = plot.getBoundingClientRect();
    const place = Math.floor(((x - box.left) / box.width) * bars.length);
    return Math.max(0, Math.min(bars.length - 1, place));
  }

  function draw() {
    const bars = brush.plot.querySelectorAll(".histogram-bar");
    const [first, last] = [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)];
    bars.forEach((bar, place) => bar.classList.toggle("brushed", place >= first && place <= last));
  }

  /* The address with the range in place of another one of the same model and quantity. */
  function written(search, model, quantity, low, high) {
    const query = new URLSearchParams(search);
    const start = ["range", model, quantity, ""].join(":");
    const others = (query.get("chips") || "").split(",").filter((chip) => chip && !chip.startsWith(start));
    query.set("chips", others.concat(start + low + ":" + high).join(","));
    query.delete("page");
    query.delete("instance");
    return "?" + query.toString();
  }

  function apply() {
    const bars = brush.plot.querySelectorAll(".histogram-bar");
    const first = bars[Math.min(brush.from, brush.to)];
    const last = bars[Math.max(brush.from, brush.to)];
    const { model, quantity } = brush.plot.dataset;
    const search = written(window.location.search, model, quantity, first.dataset.low, last.dataset.high);
    libraries.setProps("location", { search });
  }

  document.addEventListener("pointerdown", function (event) {
    const plot = dom.closest(event, ".histogram");
    dragged = false;
    if (!plot || event.button !== 0) return;
    const place = barAt(plot, event.clientX);
    brush = { plot, start: event.clientX, from: place, to: place };
  });

  document.addEventListener("pointermove", function (event) {
    if (!brush) return;
    if (!dragged && Math.abs(event.clientX - brush.start) < LEAST_PX) return;
    dragged = true;
    brush.to = barAt(brush.plot, event.clientX);
    draw();
  });

  document.addEventListener("pointerup", function () {
    if (brush && dragged) apply();
    brush = null;
  });

  /* The end of a drag is no click on the bar below it. */
  document.addEventListener(
    "click",
    function (event) {
      if (!dragged || !dom.closest(event, ".histogram")) return;
      dragged = false;
      event.preventDefault();
      event.stopPropagation();
    },
    true
  );

  document.addEventListener("dragstart", function (event) {
    if (dom.closest(event, ".histogram")) event.preventDefault();
  });
});
