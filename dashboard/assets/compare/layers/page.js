/* The Layers tab: takes what the server sent, keeps order, filter and selection in the address, asks for drawings. */
cnc.define("layersPage", ["libraries", "layersModel", "layersTable", "layersWords", "layersGrown", "layersFilter", "layersDepth"], function (libraries, lib, table, words, tips, filters, depths) {
  "use strict";

  const FEW_ROWS = 40;
  const TYPING_MS = 60;
  const PLACE = "compare-layers";
  let tab = null;

  function state() {
    const query = new URLSearchParams(window.location.search);
    const at = (name) => query.get(name) || "";
    return { flat: at("flat") === "1", pattern: at("pattern"), sort: at("sorted"), module: at("module") };
  }

  /* Write parts of the address; replaced where going back one step would be of no use. */
  function write(parts, replace) {
    const query = new URLSearchParams(window.location.search);
    Object.entries(parts).forEach(([name, value]) => (value ? query.set(name, value) : query.delete(name)));
    const text = query.toString();
    const href = window.location.pathname + (text ? "?" + text : "");
    if (href === window.location.pathname + window.location.search) return;
    window.history[replace ? "replaceState" : "pushState"]({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function asked(what, nodes) {
    const query = new URLSearchParams(window.location.search);
    ["flat", "pattern", "sorted", "module"].forEach((name) => query.delete(name));
    query.set("mark", tab.model.told.mark);
    query.set("nodes", nodes.join("."));
    const project = window.location.pathname.split("/")[2];
    return fetch("/layers/" + project + "/" + what + "?" + query.toString()).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)));
  }

  /* ---- drawings of rows, asked for in groups ---- */

  function need(nodes) {
    const missing = nodes.filter((node) => !tab.bars.has(node));
    if (!missing.length) return;
    const { bars } = tab;
    missing.forEach((node) => bars.set(node, null));
    asked("drawings", missing)
      .then(function (told) {
        Object.entries(told).forEach(([node, one]) => bars.set(Number(node), one.bars.map((each) => lib.decoded(each, "u1"))));
        if (tab.bars === bars) tab.table.redraw(missing);
      })
      .catch(() => missing.forEach((node) => bars.delete(node)));
  }

  function grown(row, node) {
    const { details } = tab;
    const show = (told) => tab.details === details && tips.fill(row, told, tab.model);
    if (details.has(node)) return show(details.get(node));
    asked("module", [node]).then(function (told) {
      details.set(node, told);
      show(told);
    }).catch(() => undefined);
    return undefined;
  }

  /* ---- what people do ---- */

  function rows() {
    const around = tab.found && !tab.view.flat ? lib.holders(tab.model, tab.found) : null;
    tab.list = lib.rows(tab.model, tab.view, tab.found);
    tab.table.update(tab.model, tab.view, tab.list, around);
    tab.count.textContent = counted();
  }

  function counted() {
    const all = tab.view.flat ? tab.model.leaves.length : tab.model.names.length;
    const found = tab.found ? tab.found.reduce((sum, flag, node) => sum + (flag && (!tab.view.flat || tab.model.own[node]) ? 1 : 0), 0) : all;
    const word = tab.view.flat ? (all === 1 ? " row" : " rows") : all === 1 ? " module or tensor" : " modules and tensors";
    return tab.found ? found.toLocaleString("en-US") + " of " + all.toLocaleString("en-US") + word : all.toLocaleString("en-US") + word;
  }

  function openAround(node) {
    for (let one = tab.model.parents[node]; one >= 0; one = tab.model.parents[one]) {
      tab.view.open.add(one);
      tab.view.shut.delete(one);
    }
  }

  const act = {
    need: (nodes) => need(nodes),
    bars: (node) => tab.bars.get(node),
    grown,
    sort: function (key) {
      const next = { [key]: "-" + key, ["-" + key]: "" };
      tab.view.sort = tab.view.sort in next ? next[tab.view.sort] : key;
      rows();
      write({ sorted: tab.view.sort }, false);
    },
    toggle: function (node) {
      const forced = tab.found && lib.holders(tab.model, tab.found)[node];
      const set = forced ? tab.view.shut : tab.view.open;
      if (!set.delete(node)) set.add(node);
      rows();
    },
    tick: function (node, on) {
      if (on) tab.view.ticked.add(node);
      else tab.view.ticked.delete(node);
      actions();
    },
    select: function (node, pushed) {
      tab.view.selected = tab.view.selected === node && pushed ? null : node;
      if (tab.view.selected !== null) openAround(node);
      rows();
      tab.depth.select(tab.view.selected);
      if (tab.view.selected !== null) tab.table.reveal(node);
      write({ module: tab.view.selected === null ? "" : tab.model.names[node] }, !pushed);
    },
  };

  function keys(event) {
    if (event.target !== tab.table.root || event.altKey || event.ctrlKey || event.metaKey) return;
    const { list, view, model } = tab;
    const index = list.indexOf(view.selected);
    const node = view.selected;
    const inner = node !== null && index >= 0 && !view.flat && model.children[node].length > 0;
    const open = inner && lib.isOpen(node, view, tab.table.at().around);
    const to = (place) => list.length && act.select(list[Math.max(0, Math.min(list.length - 1, place))], false);
    const moves = {
      ArrowDown: () => to(index + 1),
      ArrowUp: () => to(index < 0 ? 0 : index - 1),
      PageDown: () => to(index + 12),
      PageUp: () => to(index - 12),
      Home: () => to(0),
      End: () => to(list.length - 1),
      ArrowRight: () => (inner && !open ? act.toggle(node) : inner && to(index + 1)),
      ArrowLeft: () => (inner && open ? act.toggle(node) : node !== null && !view.flat && model.parents[node] >= 0 && to(list.indexOf(model.parents[node]))),
      Enter: () => inner && act.toggle(node),
      Escape: () => node !== null && act.select(node, true),
      " ": () => index >= 0 && tickSelected(node),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  }

  function tickSelected(node) {
    act.tick(node, !tab.view.ticked.has(node));
    rows();
  }

  function filtered(pattern) {
    tab.filter.find(pattern, function (found, problem) {
      tab.problem.textContent = problem;
      tab.problem.hidden = !problem;
      tab.search.setAttribute("aria-invalid", String(Boolean(problem)));
      if (found === undefined) return;
      tab.found = found;
      rows();
      tab.depth.update(tab.model, tab.found, tab.view.selected);
    });
  }

  /* ---- ticked rows become a recipe ---- */

  const ACTS = [
    ["exclude", "Exclude these", "Repeat the model's last step without the ticked modules"],
    ["bits", "These at 8 bits", "Store the weights of the ticked modules in 8 bits"],
    ["restore", "Restore these from the base", "Take the weights of the ticked modules from the base"],
  ];

  function actions() {
    const { element } = table;
    const { ticked } = tab.view;
    tab.chosen.hidden = !ticked.size;
    if (!ticked.size) return;
    const before = tab.chosen.querySelector("select");
    const model = element("select", "layers-figure-choice");
    model.setAttribute("aria-label", "Model that the recipe starts from");
    tab.model.told.columns.forEach(function (column) {
      const option = element("option", "", column.name + " (" + column.id + ")");
      option.value = column.id;
      model.append(option);
    });
    model.value = before ? before.value : String((tab.model.told.columns[1] || tab.model.told.columns[0]).id);
    const buttons = ACTS.map(function ([name, text, title]) {
      const button = element("button", "layers-act", text);
      Object.assign(button, { type: "button", title });
      button.addEventListener("click", () => libraries.setProps("compare-layers-wanted", {
        data: { act: name, model: Number(model.value), names: Array.from(ticked, (node) => tab.model.names[node]), at: Date.now() },
      }));
      return button;
    });
    const none = element("button", "layers-act", "Untick all");
    none.type = "button";
    none.addEventListener("click", function () {
      ticked.clear();
      rows();
      actions();
    });
    tab.chosen.replaceChildren(element("span", "", ticked.size + " ticked, new experiment with"), model, ...buttons, none);
  }

  /* ---- the frame ---- */

  function toolbar(frame) {
    const { element } = table;
    const bar = element("div", "layers-bar");
    const search = element("input", "layers-search");
    Object.assign(search, { type: "search", placeholder: "Regular expression, e.g. conv\\d|norm", maxLength: 300, spellcheck: false });
    search.setAttribute("aria-label", "Modules whose names match");
    search.setAttribute("aria-describedby", "layers-problem");
    let timer = null;
    let typing = false;
    search.addEventListener("input", function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(function () {
        tab.view.pattern = search.value;
        filtered(search.value);
        write({ pattern: search.value }, typing);
        typing = true;
      }, TYPING_MS);
    });
    search.addEventListener("change", () => (typing = false));
    const shape = element("div", "compare-switches");
    shape.setAttribute("role", "group");
    shape.setAttribute("aria-label", "Rows");
    ["Nested", "Flat"].forEach(function (text) {
      const button = element("button", "compare-switch", text);
      button.type = "button";
      button.addEventListener("click", function () {
        tab.view.flat = text === "Flat";
        switches();
        rows();
        write({ flat: tab.view.flat ? "1" : "" }, false);
      });
      shape.append(button);
    });
    const figure = element("select", "layers-figure-choice");
    figure.setAttribute("aria-label", "Figure in the cells");
    figure.addEventListener("change", () => write({ figure: figure.value }, false));
    const count = element("span", "layers-dim");
    count.setAttribute("role", "status");
    const problem = element("div", "layers-problem");
    problem.id = "layers-problem";
    problem.setAttribute("role", "alert");
    problem.hidden = true;
    const about = element("p", "compare-caption layers-about");
    const chosen = element("div", "layers-bar layers-chosen");
    chosen.hidden = true;
    bar.append(figure, shape, search, count);
    frame.append(bar, problem, chosen, about);
    return { search, shape, figure, count, problem, chosen, about };
  }

  /* Buttons that save the card as a picture, see `pictures.js`; what they need is in their attributes. */
  function saving(name) {
    const { element } = table;
    const box = element("div", "compare-pictures");
    box.dataset.name = name;
    for (const kind of ["svg", "png"]) {
      const button = element("button", "", kind.toUpperCase());
      button.type = "button";
      button.dataset.kind = kind;
      button.setAttribute("aria-label", "Save " + name.replace("-", " ") + " as " + kind.toUpperCase());
      box.append(button);
    }
    return box;
  }

  function switches() {
    Array.from(tab.shape.children).forEach(function (button, place) {
      const current = tab.view.flat === (place === 1);
      button.classList.toggle("current", current);
      button.setAttribute("aria-pressed", String(current));
    });
  }

  function built(place) {
    const { element, create } = table;
    place.replaceChildren();
    const over = element("section", "compare-card layers-depth");
    over.append(saving("over-depth"), element("h2", "", "Over depth"));
    const card = element("section", "compare-card layers-card");
    card.append(saving("layers"));
    place.append(over, card);
    /** @type {any} */
    const made = { place, filter: filters.create(), ...toolbar(card) };
    made.table = create(card, act);
    made.depth = depths.create(over, act);
    made.over = over;
    made.table.root.addEventListener("keydown", keys);
    return made;
  }

  function kept(model) {
    const by = (set) => new Set(Array.from(set, (node) => tab.model.names[node]).map((name) => model.numbers.get(name)).filter((node) => node !== undefined));
    return { open: by(tab.view.open), shut: by(tab.view.shut), ticked: by(tab.view.ticked) };
  }

  function draw(place) {
    const model = lib.read(JSON.parse(place.dataset.layers));
    const before = tab && tab.place === place && tab.model.told.mark === model.told.mark;
    const old = tab && tab.model ? kept(model) : null;
    const same = before && tab.model.told.mode === model.told.mode;
    tab = Object.assign(tab && tab.place === place && tab.place.firstChild ? tab : built(place), { model, found: null, list: [] });
    const wanted = state();
    const started = old && old.open.size ? old : { open: lib.opened(model, FEW_ROWS), shut: new Set(), ticked: new Set() };
    tab.view = { ...started, ...wanted, selected: numbered(model, wanted.module) };
    if (!same || !tab.bars) Object.assign(tab, { bars: new Map() });
    tab.details = new Map();
    tab.filter.over(model.names);
    tab.figure.replaceChildren(...model.told.figures.map(function (figure) {
      const option = table.element("option", "", figure.label);
      option.value = figure.key;
      return option;
    }));
    tab.figure.value = model.figure.key;
    tab.about.textContent = words.said(model.figure) + caption(model);
    actions();
    tab.over.querySelector("h2").textContent = model.figure.label + " over depth";
    follow(wanted);
  }

  function caption(model) {
    if (model.told.drawing === "shares") return " Bars: zeros in both (grey), only here (blue), only in the baseline (orange).";
    if (model.told.drawing === "histogram" && model.told.mode === "weights") return " Drawings: histogram over the baseline's range, bars at the ends outside it (orange); strong: changed by more than 10 %; height: square root of the count.";
    if (model.told.drawing === "histogram") return " Drawings: histogram of the outputs over the baseline's range, bars at the ends outside it (orange); height: square root of the count.";
    return model.told.drawing === "bar" ? " Bars: against the largest of the rows of the same level." : "";
  }

  function numbered(model, name) {
    const node = model.numbers.get(name);
    return node === undefined ? null : node;
  }

  /* Show what the address asks for. */
  function follow(wanted) {
    Object.assign(tab.view, { flat: wanted.flat, pattern: wanted.pattern, sort: wanted.sort, selected: numbered(tab.model, wanted.module) });
    if (document.activeElement !== tab.search) tab.search.value = wanted.pattern;
    if (tab.view.selected !== null) openAround(tab.view.selected);
    switches();
    if (wanted.pattern) filtered(wanted.pattern);
    else {
      tab.found = null;
      tab.problem.hidden = true;
      rows();
      tab.depth.update(tab.model, null, tab.view.selected);
    }
    if (tab.view.selected !== null) tab.table.reveal(tab.view.selected);
  }

  window.addEventListener("popstate", function () {
    if (tab && document.contains(tab.place)) follow(state());
  });

  let drawn = null;
  new MutationObserver(function () {
    const place = document.getElementById(PLACE);
    if (!place || !place.dataset.layers || (place === drawn && tab && tab.sent === place.dataset.layers)) return;
    drawn = place;
    draw(place);
    tab.sent = place.dataset.layers;
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-layers", "data-mantine-color-scheme"] });

  new MutationObserver(function () {
    if (!tab || !document.contains(tab.place)) return;
    rows();
    tab.depth.update(tab.model, tab.found, tab.view.selected);
  }).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

  return { tab: () => tab };
});
