/* Search by name, operation, parameter or tag; "/" goes there from anywhere, Enter flies to the model. */
cnc.define("mapSearch", ["dom", "selection", "mapView"], function (dom, selection, mapView) {
  "use strict";

  const MOST = 12;
  let hits = [];
  let active = 0;

  function box() {
    return /** @type {HTMLInputElement} */ (document.getElementById("overview-search"));
  }

  function list() {
    return document.getElementById("overview-search-hits");
  }

  /* React takes no notice of what is put into its empty place. */
  function mount() {
    const place = document.getElementById("overview-search-box");
    if (!place || place.firstChild) return;
    const field = document.createElement("input");
    Object.assign(field, { id: "overview-search", type: "search", placeholder: "Find model  /", autocomplete: "off" });
    const found = document.createElement("ul");
    Object.assign(found, { id: "overview-search-hits", hidden: true });
    found.setAttribute("role", "listbox");
    found.setAttribute("aria-label", "Models found");
    const states = { role: "combobox", "aria-label": "Find a model", "aria-controls": found.id };
    Object.assign(states, { "aria-expanded": "false", "aria-autocomplete": "list" });
    for (const [name, value] of Object.entries(states)) field.setAttribute(name, value);
    place.append(field, found);
  }

  function texts(node) {
    return [node.tip.name, node.tip.operation, node.tip.state, ...(node.tags || [])].join(" ").toLowerCase();
  }

  /* Every word has to occur; names that begin with what was typed come first. What the filter keeps out cannot be
     selected, so it is only counted. */
  function find(typed) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const scene = cnc.map.state.scene;
    if (!words.length || !scene) return { shown: [], hidden: 0 };
    const found = scene.nodes.filter((node) => {
      const text = texts(node);
      return words.every((word) => text.includes(word));
    });
    const whole = typed.trim().toLowerCase();
    const rank = (node) => (node.tip.name.toLowerCase().startsWith(whole) ? 0 : 1);
    const shown = found.filter((node) => !selection.hidden().has(node.id));
    return { shown: shown.sort((a, b) => rank(a) - rank(b) || a.row - b.row), hidden: found.length - shown.length };
  }

  function option(node, place) {
    const item = document.createElement("li");
    item.id = "overview-search-hit-" + place;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(place === active));
    const name = document.createElement("strong");
    name.textContent = node.tip.name;
    const rest = document.createElement("span");
    const parent = cnc.map.state.scene.nodes.find((one) => one.id === node.parent);
    const origin = parent ? "from " + parent.tip.name : node.tip.operation;
    rest.textContent = [origin, ...(node.tags || []).map((tag) => "#" + tag)].join("  ");
    item.append(name, rest);
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      go(node, event.shiftKey);
    });
    return item;
  }

  function show() {
    const field = box();
    const { shown, hidden } = find(field.value);
    hits = shown.slice(0, MOST);
    active = Math.min(active, Math.max(0, hits.length - 1));
    const items = hits.map(option);
    if (shown.length > MOST) items.push(remark("and " + (shown.length - MOST) + " more: type more to narrow down"));
    if (hidden) items.push(remark(hidden + (shown.length ? " more" : "") + " hidden by the filter or in the archive"));
    if (!shown.length && !hidden) items.push(remark("No model has this in its name, operation, parameters or tags"));
    list().replaceChildren(...items);
    open(Boolean(field.value.trim()));
    if (hits.length) field.setAttribute("aria-activedescendant", "overview-search-hit-" + active);
    else field.removeAttribute("aria-activedescendant");
  }

  function remark(text) {
    const item = document.createElement("li");
    item.className = "ov-search-more";
    item.setAttribute("role", "option");
    item.setAttribute("aria-disabled", "true");
    item.textContent = text;
    return item;
  }

  function open(on) {
    list().hidden = !on;
    box().setAttribute("aria-expanded", String(on));
  }

  function go(node, additive) {
    open(false);
    // To the map, where arrows and Tab go on from; without it the focus would fall to the start of the page.
    const canvas = document.querySelector(".ov-canvas");
    if (canvas) canvas.focus({ preventScroll: true });
    mapView.flyTo(node.id);
    selection.toggle(node.id, additive, "");
  }

  function key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      if (list().hidden) box().blur();
      open(false);
    } else if (event.key === "Enter" && hits[active] && !list().hidden) {
      go(hits[active], event.shiftKey);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % Math.max(1, hits.length);
      show();
    }
  }

  document.addEventListener("input", (event) => {
    if (event.target !== box()) return;
    active = 0;
    show();
  });
  document.addEventListener("focusin", (event) => {
    if (event.target === box() && box().value) show();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === box()) open(false);
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (!box()) return;
      if (event.target === box()) return key(event);
      const typing = dom.closest(event, "input,textarea,select,[contenteditable=true],[role=dialog]");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      box().focus();
      box().select();
    },
    true,
  );

  return { mount: mount };
});
