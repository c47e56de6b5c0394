/* Column headings over the map: they follow its zoom and pan, never overlap, and select their column. */
cnc.define("headings", ["selection"], function (selection) {
  "use strict";

  const SMALLEST = 8; // pixels of the letters
  const LETTER_EM = 0.6; // width of a bold letter
  let columns = [];
  let gapX = 1;

  function frame() {
    return document.getElementById("overview-map-headings");
  }

  function draw(shown, gap) {
    gapX = gap.x;
    columns = shown.columns.map((column) => heading(column));
    const box = frame();
    if (!box) return;
    box.replaceChildren(...columns.map((column) => column.button));
    follow();
  }

  function heading(column) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ov-heading-button";
    button.title = "Select the " + column.ids.length + " models of: " + (column.detail || column.label);
    const name = document.createElement("span");
    name.textContent = column.label;
    const count = document.createElement("small");
    count.textContent = String(column.ids.length);
    button.append(name, count);
    button.addEventListener("click", (event) => {
      const kept = event.shiftKey ? Array.from(selection.selected()) : [];
      selection.set(kept.concat(column.ids), "heading");
    });
    const longest = Math.max(...column.label.split(/[\s-]+/).map((word) => word.length));
    return { button: button, ids: new Set(column.ids), longest: longest };
  }

  function follow() {
    const cy = cnc.map.state.cy;
    if (!cy) return;
    const zoom = cy.zoom();
    const left = cy.pan().x;
    const wide = Math.max(gapX * zoom - 6, 14);
    columns.forEach((column, index) => {
      const style = column.button.style;
      const middle = left + index * gapX * zoom;
      const room = 2 * Math.min(middle, cy.width() - middle) - 4; // rather two lines than cut off by the frame
      const width = room > 46 ? Math.min(wide, room) : wide;
      style.width = width + "px";
      // Rather smaller letters than a word broken in its middle.
      style.fontSize = Math.max(SMALLEST, Math.min(wide < 84 ? 11 : 12.5, width / (LETTER_EM * column.longest))) + "px";
      style.transform = "translateX(" + (middle - width / 2) + "px)";
      column.button.classList.toggle("tight", wide < 84);
      column.button.classList.toggle("narrow", width < 46);
    });
  }

  function mark(id) {
    columns.forEach((column) => {
      column.button.classList.toggle("hovered", id !== null && column.ids.has(id));
    });
  }

  return { draw: draw, follow: follow, mark: mark };
});
