/* The picture of a large confusion matrix: the cell below the pointer is named, a click shows its instances. */
cnc.define("confusion", ["libraries"], function (libraries) {
  "use strict";

  function cellAt(image, event) {
    const names = JSON.parse(image.dataset.names);
    const box = image.getBoundingClientRect();
    const place = (offset, length) => Math.max(0, Math.min(names.length - 1, Math.floor((offset / length) * names.length)));
    return [names[place(event.clientY - box.top, box.height)], names[place(event.clientX - box.left, box.width)]];
  }

  function pictureOf(event) {
    return event.target.classList && event.target.classList.contains("confusion-picture") ? event.target : null;
  }

  document.addEventListener("mousemove", function (event) {
    const image = pictureOf(event);
    if (!image) return;
    const [label, prediction] = cellAt(image, event);
    image.title = label + " taken for " + prediction;
  });

  document.addEventListener("click", function (event) {
    const image = pictureOf(event);
    if (!image) return;
    const chip = ["cell", image.dataset.model, ...cellAt(image, event).map(encodeURIComponent)].join(":");
    const query = new URLSearchParams(window.location.search);
    const others = (query.get("chips") || "").split(",").filter((one) => one && one !== chip);
    query.set("chips", others.concat(chip).join(","));
    query.delete("page");
    query.delete("instance");
    libraries.setProps("location", { search: "?" + query.toString() });
  });
});
