/* Buttons and keys of the Overview that need no server. */
cnc.define("mapActions", ["dom", "libraries", "selection", "folds", "map", "mapView"], function (dom, libraries, selection, folds, map, mapView) {
  "use strict";

  let cursor = null;

  function nodes() {
    return map.state.scene ? map.state.scene.nodes : [];
  }

  const relatives = {
    parents: (ids) => nodes().filter((node) => ids.has(node.id) && node.parent).map((node) => node.parent),
    children: (ids) => nodes().filter((node) => ids.has(node.parent)).map((node) => node.id),
  };

  function extended(kind, ids) {
    if (relatives[kind]) return relatives[kind](ids);
    const step = relatives[kind === "ancestors" ? "parents" : "children"];
    const found = new Set();
    let edge = step(ids);
    while (edge.length) {
      const fresh = edge.filter((id) => !found.has(id));
      fresh.forEach((id) => found.add(id));
      edge = fresh.length ? step(new Set(fresh)) : [];
    }
    return Array.from(found);
  }

  /* Folds or opens below the selected models; where none is selected, everywhere. */
  function refold(each, all) {
    const chosen = Array.from(selection.selected()).filter((id) => folds.stand(id) === id);
    map.change(() => (chosen.length ? chosen.forEach(each) : all()));
  }

  const tools = {
    fit: () => {
      map.spread();
      mapView.fit(false);
    },
    fold: () => {
      const all = !selection.selected().size;
      refold(folds.closeBelow, folds.reset);
      if (!all) return;
      map.spread();
      mapView.fit(true);
    },
    unfold: () => refold(folds.openBelow, folds.openAll),
    in: () => mapView.zoomBy(1.35),
    out: () => mapView.zoomBy(1 / 1.35),
    box: (button) => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      map.boxMode(on);
    },
  };

  document.addEventListener("click", (event) => {
    const button = dom.closest(event, "[data-extend],[data-tool],[data-select],[data-queue-from]");
    if (!button) return;
    const data = button.dataset;
    if (data.extend) selection.set(Array.from(selection.selected()).concat(extended(data.extend, selection.selected())), "");
    if (data.tool) tools[data.tool](button);
    if (data.select) selection.set(data.select.split("."), "");
    if (data.queueFrom) {
      const ids = data.queueFrom.split(".").map(Number);
      libraries.setProps("queue-from", { data: { model_ids: ids, at: Date.now() } });
    }
  });

  /* Arrow keys: left to the parent, right to the first child, up and down within the column. */
  function neighbour(key) {
    const all = folds.state.items;
    const chosen = [cursor, ...selection.selected()].map((id) => id && folds.state.byItem.get(folds.stand(id) || id));
    const here = chosen.find(Boolean);
    if (!here) return all.find((item) => item.parent === null);
    if (key === "ArrowLeft") return all.find((item) => item.id === here.parent);
    const among = all.filter((item) => (key === "ArrowRight" ? item.parent === here.id : item.column === here.column));
    among.sort((a, b) => a.row - b.row);
    if (key === "ArrowRight") return among[0];
    const index = among.findIndex((item) => item.id === here.id);
    return among[index + (key === "ArrowDown" ? 1 : -1)];
  }

  function walk(key) {
    const next = neighbour(key);
    if (!next) return;
    cursor = next.id;
    const cy = map.state.cy;
    const frame = cy.container().getBoundingClientRect();
    bringIn(cy, cy.getElementById(cursor).renderedPosition());
    const at = cy.getElementById(cursor).renderedPosition();
    selection.hover(cursor, { x: frame.left + at.x, y: frame.top + at.y });
    const tip = map.state.tips.get(cursor);
    announce([tip.name, tip.operation, tip.state, ...tip.rows.map((row) => row[0] + " " + row[1])].filter(Boolean).join(", "));
  }

  function bringIn(cy, at) {
    const x = Math.max(0, 60 - at.x) || Math.min(0, cy.width() - 120 - at.x);
    const y = Math.max(0, 90 - at.y) || Math.min(0, cy.height() - 90 - at.y);
    if (!x && !y) return;
    map.state.moved = true;
    cy.panBy({ x: x, y: y });
  }

  /* Enter on a fold opens it and goes on with its first model; minus folds what is below the model. */
  function unfold(key) {
    const first = folds.state.byItem.get(key).members[0].id;
    map.change(() => folds.open(key), key);
    cursor = folds.stand(first);
    announce("opened");
  }

  function announce(text) {
    let region = document.getElementById("overview-announcements");
    if (!region) {
      region = document.createElement("div");
      region.id = "overview-announcements";
      region.className = "unseen";
      region.setAttribute("aria-live", "polite");
      document.body.append(region);
    }
    region.textContent = text;
  }

  /* Looked at on the way down: whatever Escape closes is gone from the page on the way up. */
  let openElsewhere = false;
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") return;
      const parts = document.querySelectorAll("[role=dialog],[role=menu],[role=listbox]");
      openElsewhere = [...parts].some((part) => part.getClientRects().length > 0);
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    const onPage = document.getElementById("overview-map");
    if (!onPage || event.defaultPrevented) return;
    if (event.key === "Escape" && !openElsewhere) {
      selection.hover(null);
      selection.set([], "");
      return;
    }
    if (!dom.closest(event, ".ov-canvas")) return;
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      walk(event.key);
      return;
    }
    if (!cursor || !["Enter", " ", "-", "+"].includes(event.key)) return;
    event.preventDefault();
    const fold = folds.state.byItem.has(cursor) && folds.state.byItem.get(cursor).members;
    if (fold && event.key !== "-") unfold(cursor);
    else if (event.key === "-") map.change(() => folds.closeBelow(cursor), cursor);
    else if (event.key === "+") map.change(() => folds.openBelow(cursor), cursor);
    else selection.toggle(cursor, event.shiftKey, "");
  });
});
