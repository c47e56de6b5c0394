/* The Layers tab: takes what the server sent, shows rows in the wanted order, and keeps the address up to date. */
cnc.define("layersPage", ["layersModel", "layersTable", "layersWords", "layersGrown", "layersFilter", "layersDepth", "layersAddress", "layersKeys", "layersChosen", "layersToolbar", "layersInside"], function (lib, table, words, tips, filters, depths, address, keys, chosen, bars, insides) {
  "use strict";

  const FEW_ROWS = 40;
  const PLACE = "compare-layers";
  const { read: state, write } = address;
  let tab = null;

  const asked = (what, nodes) => address.asked(what, tab.model.told.mark, { nodes: nodes.join(".") });

  /* ---- drawings of rows, asked for in groups ---- */

  function need(nodes) {
    const missing = nodes.filter((node) => !tab.bars.has(node));
    if (!missing.length) return;
    const { bars: known } = tab;
    missing.forEach((node) => known.set(node, null));
    asked("drawings", missing)
      .then(function (told) {
        Object.entries(told).forEach(([node, one]) => known.set(Number(node), one.bars.map((each) => lib.decoded(each, "u1"))));
        if (tab.bars === known) tab.table.redraw(missing);
      })
      .catch(() => missing.forEach((node) => known.delete(node)));
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
    tab.inside.update(tab.model, tab.view.selected);
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
      act.ticked();
    },
    ticked: function () {
      chosen.show(tab, act);
      tab.table.update(tab.model, tab.view, tab.list, tab.table.at().around);
    },
    filter: function (pattern, replace) {
      tab.view.pattern = pattern;
      filtered(pattern);
      write({ pattern }, replace);
    },
    shape: function (flat) {
      tab.view.flat = flat;
      bars.switched(tab.shape, flat);
      rows();
      write({ flat: flat ? "1" : "" }, false);
    },
    figure: (key) => write({ figure: key }, false, true),
    select: function (node, pushed) {
      tab.view.selected = tab.view.selected === node && pushed ? null : node;
      if (tab.view.selected !== null) openAround(node);
      rows();
      tab.depth.select(tab.view.selected);
      if (tab.view.selected !== null) tab.table.reveal(node);
      write({ module: tab.view.selected === null ? "" : tab.model.names[node] }, !pushed);
    },
  };

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

  function built(place) {
    const { element, create } = table;
    place.replaceChildren();
    const over = element("section", "compare-card layers-depth");
    over.append(bars.saving("over-depth"), element("h2", "", "Over depth"));
    const card = element("section", "compare-card layers-card");
    card.append(bars.saving("layers"));
    const within = element("section", "compare-card layers-inside");
    within.hidden = true;
    place.append(over, card, within);
    /** @type {any} */
    const made = { place, filter: filters.create(), ...bars.create(card, act) };
    made.table = create(card, act);
    made.depth = depths.create(over, act);
    made.over = over;
    made.inside = insides.create(within);
    keys.listen(made, act);
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
    tab.about.textContent = words.said(model.figure) + bars.caption(model);
    chosen.show(tab, act);
    tab.over.querySelector("h2").textContent = model.figure.label + " over depth";
    follow(wanted);
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
    bars.switched(tab.shape, wanted.flat);
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

  /* The project has changed though the table has not: a run may have gathered what was missing. */
  function fresh(place) {
    if (tab.serial === place.dataset.serial) return;
    tab.serial = place.dataset.serial;
    tab.inside.again(tab.model, tab.view.selected);
  }

  let drawn = null;
  new MutationObserver(function () {
    const place = document.getElementById(PLACE);
    if (!place || !place.dataset.layers) return;
    if (place === drawn && tab && tab.sent === place.dataset.layers) return void fresh(place);
    drawn = place;
    draw(place);
    tab.sent = place.dataset.layers;
    if (tab.serial === undefined) tab.serial = place.dataset.serial;
    fresh(place);
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-layers", "data-serial", "data-mantine-color-scheme"] });

  new MutationObserver(function () {
    if (!tab || !document.contains(tab.place)) return;
    rows();
    tab.inside.repaint();
    tab.depth.update(tab.model, tab.found, tab.view.selected);
  }).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

  return { tab: () => tab };
});
