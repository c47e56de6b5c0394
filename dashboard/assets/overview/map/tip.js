/* One tooltip for map and plot. Texts are set as text, never as markup: names may contain anything. */
cnc.define("mapTip", ["selection", "map"], function (selection, map) {
  "use strict";

  let box = null;

  function element(tag, text, name) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  }

  function content(tip) {
    const parts = [element("strong", tip.name), element("div", tip.lineage, "ov-tip-lineage")];
    parts.push(element("div", tip.operation, "ov-tip-operation"));
    if (tip.state) parts.push(element("div", tip.state, "ov-tip-state"));
    const measured = tip.rows.filter((row) => row[1] !== "\u2014");
    if (measured.length) {
      const table = document.createElement("table");
      for (const row of measured) {
        const line = document.createElement("tr");
        line.append(element("td", row[0]), element("td", row[1]), element("td", row[2], "ov-change " + row[3]));
        table.append(line);
      }
      parts.push(table);
      if (tip.against) parts.push(element("div", "change against " + tip.against, "ov-tip-against"));
    }
    return parts;
  }

  /* Over the map it keeps off the panes beside it, where the card of the model is. */
  function edge(place, width) {
    const pane = document.getElementById("overview-map-frame");
    const frame = pane && pane.getBoundingClientRect();
    return frame && place.x <= frame.right && place.y <= frame.bottom && place.y >= frame.top ? frame.right : width;
  }

  function show(id, place) {
    if (!box || !box.isConnected) {
      box = element("div", "", "ov-tip");
      box.setAttribute("role", "tooltip");
      document.body.append(box);
    }
    const tip = id && map.state.tips.get(id);
    box.hidden = !tip || !place;
    if (box.hidden) return;
    box.replaceChildren(...content(tip));
    const room = document.documentElement;
    const right = edge(place, room.clientWidth) - box.offsetWidth - 8;
    const x = place.x + 16 <= right ? place.x + 16 : Math.min(right, place.x - 16 - box.offsetWidth);
    const below = place.y + 18 + box.offsetHeight < room.clientHeight;
    box.style.left = Math.max(8, x) + "px";
    box.style.top = (below ? place.y + 18 : Math.max(8, place.y - 14 - box.offsetHeight)) + "px";
  }

  selection.views.tip = { hover: show };
});
