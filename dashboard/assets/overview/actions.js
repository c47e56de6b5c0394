/* Buttons and keys of the Overview that need no server. */
(function () {
  "use strict";

  const bus = window.overviewBus;
  let cursor = null;

  function nodes() {
    return window.overviewMap.state.scene ? window.overviewMap.state.scene.nodes : [];
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

  const tools = {
    fit: () => window.overviewMap.fit(),
    in: () => window.overviewMap.zoomBy(1.35),
    out: () => window.overviewMap.zoomBy(1 / 1.35),
    box: (button) => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      window.overviewMap.boxMode(on);
    },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-extend],[data-tool],[data-select],[data-queue-from]");
    if (!button) return;
    const data = button.dataset;
    if (data.extend) bus.set(Array.from(bus.selected()).concat(extended(data.extend, bus.selected())), "");
    if (data.tool) tools[data.tool](button);
    if (data.select) bus.set(data.select.split("."), "");
    if (data.queueFrom) {
      const ids = data.queueFrom.split(".").map(Number);
      window.dash_clientside.set_props("queue-from", { data: { model_ids: ids, at: Date.now() } });
    }
  });

  /* Arrow keys: left to the parent, right to the first child, up and down within the column. */
  function neighbour(key) {
    const all = nodes();
    const here = all.find((node) => node.id === cursor) || all.find((node) => bus.selected().has(node.id));
    if (!here) return all.find((node) => node.parent === null);
    if (key === "ArrowLeft") return all.find((node) => node.id === here.parent);
    const among = all.filter((node) => (key === "ArrowRight" ? node.parent === here.id : node.column === here.column));
    among.sort((a, b) => a.row - b.row);
    if (key === "ArrowRight") return among[0];
    const index = among.findIndex((node) => node.id === here.id);
    return among[index + (key === "ArrowDown" ? 1 : -1)];
  }

  function walk(key) {
    const next = neighbour(key);
    if (!next) return;
    cursor = next.id;
    const cy = window.overviewMap.state.cy;
    const at = cy.getElementById(cursor).renderedPosition();
    const frame = cy.container().getBoundingClientRect();
    bus.hover(cursor, { x: frame.left + at.x, y: frame.top + at.y });
    announce([next.tip.name, next.tip.operation, next.tip.state].filter(Boolean).join(", "));
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

  document.addEventListener("keydown", (event) => {
    const onPage = document.getElementById("overview-map");
    if (!onPage || event.defaultPrevented) return;
    const busyElsewhere = document.querySelector("[role=dialog],[role=menu],[role=listbox]:not([hidden])");
    if (event.key === "Escape" && !(busyElsewhere && busyElsewhere.offsetParent)) {
      bus.hover(null);
      bus.set([], "");
      return;
    }
    if (!event.target.closest || !event.target.closest(".ov-canvas")) return;
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      walk(event.key);
    } else if ((event.key === "Enter" || event.key === " ") && cursor) {
      event.preventDefault();
      bus.toggle(cursor, event.shiftKey, "");
    }
  });
})();
