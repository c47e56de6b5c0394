/* The table of modules: only rows in sight are in the page, a drawing per cell, one row that has grown. */
cnc.define("layersTable", ["layersModel", "layersWords", "layersDrawing"], function (lib, words, draw) {
  "use strict";

  const ROW_PX = 32;
  const LINE_PX = 18;
  const PLOT_PX = 112; // of the grown row, with the ends of its axis
  const NOTE_PX = 34; // what became of the module, in two lines
  const SPARE_ROWS = 6;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* act: what the page does on `select`, `toggle`, `sort`, `tick`; fetches drawings through `need`. */
  function create(place, act) {
    const root = element("div", "layers-table");
    const body = element("div", "layers-rows");
    const head = element("div", "layers-head");
    Object.entries({ role: "treegrid", tabindex: "0", "aria-label": "Modules" }).forEach(([name, value]) => root.setAttribute(name, value));
    head.setAttribute("role", "row");
    body.setAttribute("role", "rowgroup");
    root.append(head, body);
    place.append(root);
    const shown = new Map();
    let now = { model: null, view: null, flat: false, list: [], places: new Map(), around: null, look: null, largest: [] };
    let size = null; // of the small drawings, which are all alike; null until it is measured again
    let waiting = false;

    function grownPx() {
      const { model } = now;
      const plot = model.told.drawing === "histogram" ? PLOT_PX : 0;
      const note = model.told.columns.some((one) => one.notes[now.view.selected]) ? NOTE_PX : 0;
      return ROW_PX + plot + note + model.told.figures.length * LINE_PX + 14;
    }

    function topOf(index) {
      const selected = now.places.get(now.view.selected);
      return index * ROW_PX + (selected !== undefined && index > selected ? grownPx() - ROW_PX : 0);
    }

    function headings() {
      const { model, view } = now;
      const sign = (key) => (view.sort === key ? " \u25be" : view.sort === "-" + key ? " \u25b4" : "");
      const sorted = (key) => (view.sort === key ? "descending" : view.sort === "-" + key ? "ascending" : "none");
      head.replaceChildren();
      const columns = [{ key: "name", text: "Module", title: "Name and type; press to sort by name" }].concat(
        model.told.columns.map((column) => ({
          key: String(column.id), text: column.name, note: column.baseline ? "baseline" : column.candidate ? "tried only" : column.note ? "incomplete" : "",
          title: words.called(column) + "; press to sort by " + model.figure.label + (column.note ? ". Missing: " + column.note : ""),
        }))
      );
      for (const column of columns) {
        const cell = element("div", "layers-cell layers-heading");
        cell.setAttribute("role", "columnheader");
        cell.setAttribute("aria-sort", sorted(column.key));
        const button = element("button", "layers-sort", column.text + sign(column.key));
        button.type = "button";
        button.tabIndex = -1;
        button.title = column.title;
        button.addEventListener("click", () => act.sort(column.key));
        cell.append(button);
        if (column.note) cell.append(element("span", "layers-dim", column.note));
        head.append(cell);
      }
    }

    function nameCell(node) {
      const { model, view } = now;
      const cell = element("div", "layers-cell layers-name");
      cell.setAttribute("role", "gridcell");
      const tick = element("input", "layers-tick");
      tick.type = "checkbox";
      tick.tabIndex = -1;
      tick.setAttribute("aria-label", "Choose " + model.names[node]);
      tick.addEventListener("change", () => act.tick(node, tick.checked));
      const line = element("div", "layers-line");
      line.append(tick);
      if (!view.flat) {
        const turn = element("button", "layers-turn");
        turn.type = "button";
        turn.tabIndex = -1;
        turn.style.marginLeft = model.depth[node] * 14 + "px";
        turn.setAttribute("aria-label", "Open or close " + model.names[node]);
        turn.disabled = !model.children[node].length;
        turn.addEventListener("click", function (event) {
          event.stopPropagation();
          act.toggle(node);
        });
        line.append(turn);
      }
      line.append(element("span", "layers-label", view.flat ? model.names[node] : model.labels[node]));
      line.append(element("span", "layers-dim", model.told.types[model.typeOf[node]]));
      cell.append(line);
      cell.title = model.names[node];
      return cell;
    }

    function valueCell(node, column) {
      const { model } = now;
      const cell = element("div", "layers-cell");
      cell.setAttribute("role", "gridcell");
      cell.dataset.column = column;
      const line = element("div", "layers-line");
      const note = model.told.columns[column].notes[node];
      if (note) cell.title = model.names[node] + ": " + note;
      else if (model.told.drawing === "change") cell.title = words.change(model, column, node);
      line.append(element("span", note ? "layers-value noted" : "layers-value", words.cell(model, column, node, false)));
      if (model.told.drawing !== "none") {
        const canvas = element("canvas", "layers-small");
        canvas.setAttribute("aria-hidden", "true");
        line.append(canvas);
      }
      cell.append(line);
      return cell;
    }

    function drawRow(node, row) {
      const { model, look } = now;
      const kind = model.told.drawing;
      if (kind === "none") return;
      const bars = kind === "histogram" ? act.bars(node) : null;
      row.querySelectorAll("canvas.layers-small").forEach(function (canvas, column) {
        size = size || draw.sizeOf(canvas);
        if (kind === "histogram") {
          if (bars && bars[column]) draw.histogram(canvas, size, bars[column], look);
        } else if (kind === "shares") {
          if (model.shares[column]) draw.shares(canvas, size, model.shares[column], node, look);
        } else if (kind === "change") {
          if (model.values[column] || (model.second && model.second[column])) draw.change(canvas, size, words.measured(model, column, node), now.largest, look);
        } else if (model.values[column]) draw.bar(canvas, size, [model.values[column][node], now.largest[model.own[node] ? 255 : model.depth[node]]], look);
      });
    }

    /* What changes of a row while its module and figures stay. */
    function refresh(row, node, index) {
      const { model, view } = now;
      row.setAttribute("aria-rowindex", index + 2);
      row.querySelector(".layers-tick").checked = view.ticked.has(node);
      if (view.flat || !model.children[node].length) return;
      const open = lib.isOpen(node, view, now.around);
      row.setAttribute("aria-expanded", open);
      row.querySelector(".layers-turn").textContent = open ? "\u25be" : "\u25b8";
    }

    function makeRow(node, index) {
      const { model, view } = now;
      const row = element("div", "layers-row");
      row.id = "layers-row-" + node;
      row.dataset.node = node;
      row.setAttribute("role", "row");
      row.setAttribute("aria-level", view.flat ? 1 : model.depth[node] + 1);
      row.append(nameCell(node), ...model.told.columns.map((_, column) => valueCell(node, column)));
      row.addEventListener("click", function (event) {
        if (!event.target.closest("button, input, .layers-grown")) act.select(node, true);
      });
      refresh(row, node, index);
      return row;
    }

    function grow(row, node) {
      row.classList.add("selected");
      row.setAttribute("aria-selected", "true");
      row.style.height = grownPx() + "px";
      act.grown(row, node);
    }

    /* Screen readers follow the order of the page, so rows are there as they are seen. */
    function inOrder(nodes) {
      let at = body.firstChild;
      nodes.forEach(function (node) {
        const row = shown.get(node);
        if (row === at) at = at.nextSibling;
        else body.insertBefore(row, at);
      });
    }

    function render() {
      waiting = false;
      const { list, view } = now;
      if (!now.model) return;
      const top = root.scrollTop;
      const bottom = top + root.clientHeight;
      const selected = now.places.get(view.selected);
      const extra = selected === undefined ? 0 : grownPx() - ROW_PX;
      body.style.height = list.length * ROW_PX + extra + "px";
      const first = Math.max(0, Math.floor((top - extra) / ROW_PX) - SPARE_ROWS);
      const last = Math.min(list.length, Math.ceil(bottom / ROW_PX) + SPARE_ROWS);
      const wanted = new Set();
      const fresh = [];
      for (let index = first; index < last; index += 1) {
        const node = list[index];
        wanted.add(node);
        let row = shown.get(node);
        if (!row) {
          row = makeRow(node, index);
          shown.set(node, row);
          fresh.push(node);
        }
        row.style.top = topOf(index) + "px";
      }
      shown.forEach(function (row, node) {
        if (wanted.has(node)) return;
        row.remove();
        shown.delete(node);
      });
      inOrder(list.slice(first, last));
      const chosen = shown.get(view.selected);
      if (chosen && !chosen.classList.contains("selected")) grow(chosen, view.selected);
      fresh.forEach((node) => drawRow(node, shown.get(node)));
      if (now.model.told.drawing === "histogram") act.need(list.slice(first, last));
    }

    function later() {
      if (!waiting) window.requestAnimationFrame(render);
      waiting = true;
    }

    /* The largest value of leaves (255), and of the nodes of each depth, which bars are drawn against. */
    function largest(model) {
      if (model.told.drawing === "change") return extent(model);
      const found = [];
      if (model.told.drawing !== "bar") return found;
      model.values.forEach(function (values) {
        if (!values) return;
        values.forEach(function (value, node) {
          const group = model.own[node] ? 255 : model.depth[node];
          if (Number.isFinite(value)) found[group] = Math.max(found[group] || 0, Math.abs(value));
        });
      });
      return found;
    }

    /* The least and the largest of all changes, ends of intervals and estimates, zero included. */
    function extent(model) {
      const ends = (model.ends || []).flatMap((two) => two || []);
      let [low, high] = [0, 0];
      [...model.values, ...(model.second || []), ...ends].forEach((values) => values && values.forEach(function (value) {
        if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
      }));
      return low < high ? [low, high] : [-1, 1];
    }

    /* Rows of the same modules stay as they are but for their place; none of them if all is other than before. */
    function keep(nothing) {
      shown.forEach(function (row, node) {
        const index = now.places.get(node);
        if (!nothing && index !== undefined && (node === now.view.selected) === row.classList.contains("selected")) return refresh(row, node, index);
        row.remove();
        shown.delete(node);
        return undefined;
      });
      if (nothing) size = null;
    }

    function update(model, view, list, around) {
      const [before, other] = [now, now.model !== model];
      now = { model, view, flat: view.flat, list, around, places: new Map(list.map((node, index) => [node, index])), look: draw.colours(), largest: other ? largest(model) : now.largest };
      root.style.setProperty("--columns", model.told.columns.length);
      root.setAttribute("aria-rowcount", list.length + 1);
      keep(other || before.flat !== view.flat || before.look.scheme !== now.look.scheme);
      headings();
      render();
      const active = now.places.has(view.selected) ? "layers-row-" + view.selected : "";
      if (active) root.setAttribute("aria-activedescendant", active);
      else root.removeAttribute("aria-activedescendant");
    }

    function reveal(node) {
      const index = now.places.get(node);
      if (index === undefined) return;
      const top = topOf(index);
      const tall = node === now.view.selected ? grownPx() : ROW_PX;
      const room = root.clientHeight - head.offsetHeight;
      if (top < root.scrollTop) root.scrollTop = top;
      else if (top + tall > root.scrollTop + room) root.scrollTop = Math.min(top, top + tall - room);
      render();
      const row = shown.get(node);
      if (row) row.scrollIntoView({ block: "nearest" });
    }

    function redraw(nodes) {
      nodes.forEach((node) => shown.has(node) && drawRow(node, shown.get(node)));
    }

    root.addEventListener("scroll", later, { passive: true });
    new ResizeObserver(function () {
      if (!now.model) return;
      size = null;
      render();
      redraw(Array.from(shown.keys()));
    }).observe(root);

    return { root, update, reveal, redraw, at: () => now, rowOf: (node) => shown.get(node) };
  }

  return { create, element };
});
