/* One figure of all models over the order in which modules run; a module that is pointed at is one of the table. */
cnc.define("layersDepth", ["layersTable", "layersWords", "layersDrawing", "layersGrown"], function (table, words, draw, tips) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const SPACE = { left: 58, right: 12, top: 10, bottom: 22 };
  const DASHES = ["", "6 3", "2 3"];
  const LINES = 6;
  const OF_ANOTHER_SHAPE = 3; // from this `Counterpart` on, a module exists but cannot be compared
  const DOTTED = 80; // modules that fit side by side as dots

  function shape(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function range(series, nodes) {
    let [low, high] = [Infinity, -Infinity];
    series.forEach(({ values }) => nodes.forEach(function (node) {
      const value = values[node];
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }));
    if (low > high) return null;
    if (low > 0 && low < high / 3) low = 0;
    return low === high ? [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2] : [low, high];
  }

  /* About four round values within a range. */
  function ticks([low, high]) {
    const rough = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    const first = Math.ceil(low / step);
    return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
  }

  /* A line leads over modules that only other models have, and breaks where a figure of its own is missing. */
  function path({ values, relation }, nodes, x, y) {
    let line = "";
    let drawing = false;
    nodes.forEach(function (node, index) {
      const value = values[node];
      if (Number.isFinite(value)) line += (drawing ? "L" : "M") + x(index).toFixed(1) + " " + y(value).toFixed(1);
      drawing = Number.isFinite(value) || (drawing && relation[node] < OF_ANOTHER_SHAPE);
    });
    return line;
  }

  /* Dots where there is room for them, and wherever a line has no neighbour to lead to. */
  function dots({ values, colour }, nodes, x, y) {
    const has = (index) => index >= 0 && index < nodes.length && Number.isFinite(values[nodes[index]]);
    const alone = (index) => has(index) && !has(index - 1) && !has(index + 1);
    const found = nodes.map((_, index) => index).filter((index) => has(index) && (nodes.length <= DOTTED || alone(index)));
    return found.map((index) => shape("circle", { cx: x(index), cy: y(values[nodes[index]]), r: 2.2, fill: colour }));
  }

  function create(place, act) {
    const { element } = table;
    const plot = element("div", "layers-depth-plot");
    const key = element("div", "layers-depth-key");
    place.append(key, plot);
    let now = null;

    function seriesOf(model, look) {
      const { figure, told } = model;
      const found = [];
      const add = (values, label, dashed) => told.columns.forEach(function (column, at) {
        if (!values[at] || (figure.against && column.baseline)) return;
        const colour = look.lines[at % LINES];
        found.push({ values: values[at], relation: model.relation[at], name: column.name + label, key: dashed ? "" : column.name, colour, dash: dashed ? "3 3" : DASHES[Math.floor(at / LINES) % 3], width: dashed ? 1 : 1.6 });
      });
      add(model.values, model.second ? ", " + figure.label : "", false);
      if (model.second) add(model.second, ", " + told.second.label, true);
      return found;
    }

    function axes(svg, size, ends, look, figure) {
      const [low, high] = ends;
      const { written } = words;
      ticks(ends).forEach(function (value) {
        const top = size.height - SPACE.bottom - ((value - low) / (high - low)) * size.tall;
        svg.append(shape("line", { x1: SPACE.left, x2: size.width - SPACE.right, y1: top, y2: top, stroke: look.border }));
        const text = written(value, figure, false);
        svg.append(shape("text", { x: SPACE.left - 6, y: top + 4, "text-anchor": "end", fill: look.dimmed, "font-size": 11 }, text));
      });
      const about = now.model.told.byExecution ? "modules in order of execution" : "modules in order of definition: no pass was watched yet";
      svg.append(shape("text", { x: size.width - SPACE.right, y: size.height - 6, "text-anchor": "end", fill: look.dimmed, "font-size": 11 }, about));
      svg.append(shape("text", { x: SPACE.left, y: size.height - 6, fill: look.dimmed, "font-size": 11 }, figure.label + (figure.unit ? " [" + figure.unit + "]" : "")));
    }

    function redraw() {
      if (!now) return;
      const { model } = now;
      const look = draw.colours();
      const nodes = now.found ? model.order.filter((node) => now.found[node]) : model.order;
      const series = seriesOf(model, look);
      const ends = model.told.texts ? null : range(series, nodes);
      plot.replaceChildren();
      key.replaceChildren();
      now.nodes = nodes;
      now.series = series;
      if (!ends) {
        plot.append(element("p", "compare-note", model.told.texts ? "A text has no line: choose another figure." : "No model has this figure here."));
        return;
      }
      const width = Math.max(200, plot.clientWidth);
      const height = plot.clientHeight;
      const size = { width, height, wide: width - SPACE.left - SPACE.right, tall: height - SPACE.top - SPACE.bottom };
      now.x = (index) => SPACE.left + (nodes.length < 2 ? size.wide / 2 : (index / (nodes.length - 1)) * size.wide);
      now.y = (value) => SPACE.top + (1 - (value - ends[0]) / (ends[1] - ends[0])) * size.tall;
      const svg = shape("svg", { width, height, viewBox: "0 0 " + width + " " + height, role: "img", "font-family": "DejaVu Sans, Arial, sans-serif" });
      svg.setAttribute("aria-label", model.figure.label + " of " + nodes.length + " modules over depth");
      axes(svg, size, ends, look, model.figure);
      series.forEach((one) => svg.append(shape("path", { d: path(one, nodes, now.x, now.y), fill: "none", stroke: one.colour, "stroke-width": one.width, "stroke-dasharray": one.dash, "stroke-linecap": "round" })));
      series.forEach((one) => svg.append(...dots(one, nodes, now.x, now.y)));
      now.mark = shape("line", { y1: SPACE.top, y2: height - SPACE.bottom, stroke: look.selected, "stroke-width": 1.5, visibility: "hidden" });
      svg.append(now.mark);
      plot.append(svg);
      const keyed = series.filter((one) => one.key);
      if (model.second) keyed.push({ key: "dashed: " + model.told.second.label, colour: look.dimmed, dash: "3 3" });
      keyed.forEach(function ({ key: text, colour, dash }) {
        const line = element("span", "layers-depth-line", text);
        line.style.setProperty("--key", colour);
        line.classList.toggle("dashed", Boolean(dash));
        key.append(line);
      });
      mark(now.selected);
    }

    function mark(node) {
      if (!now || !now.mark) return;
      const below = new Set(node === null || node === undefined ? [] : [node]);
      const index = now.nodes.findIndex((one) => below.has(one) || inside(one, node));
      now.mark.setAttribute("visibility", index < 0 ? "hidden" : "visible");
      if (index < 0) return;
      now.mark.setAttribute("x1", now.x(index));
      now.mark.setAttribute("x2", now.x(index));
    }

    function inside(node, around) {
      for (let one = node; one >= 0; one = now.model.parents[one]) if (one === around) return true;
      return false;
    }

    function nodeAt(event) {
      const box = plot.getBoundingClientRect();
      const share = (event.clientX - box.left - SPACE.left) / (box.width - SPACE.left - SPACE.right);
      const index = Math.round(share * (now.nodes.length - 1));
      return now.nodes[Math.max(0, Math.min(now.nodes.length - 1, index))];
    }

    plot.addEventListener("mousemove", function (event) {
      if (!now || !now.mark || !now.nodes.length) return;
      const node = nodeAt(event);
      mark(node);
      const { written } = words;
      const told = now.series.map(({ name, values }) => name + ": " + written(values[node], now.model.figure, true));
      tips.show(event, [now.model.names[node], ...told].join("\n"));
    });
    plot.addEventListener("mouseleave", function () {
      tips.show(null);
      if (now) mark(now.selected);
    });
    plot.addEventListener("click", (event) => now && now.nodes && now.nodes.length && act.select(nodeAt(event), true));
    new ResizeObserver(redraw).observe(plot);

    return {
      update: function (model, found, selected) {
        now = { model, found, selected };
        redraw();
      },
      select: function (node) {
        if (!now) return;
        now.selected = node;
        mark(node);
      },
    };
  }

  return { create };
});
