/* Inside the selected module: its output channels, scales, weights as pictures, and ranges of its outputs. */
cnc.define("layersInside", ["libraries", "layersModel", "layersTable", "layersWords", "layersDrawing", "layersGrown", "layersAddress"], function (libraries, lib, table, words, draw, tips, address) {
  "use strict";

  const { element } = table;
  const NOTES = {
    none: "One of both models was made elsewhere, and its weights are not here.",
    empty: "It has neither weights of two axes nor outputs of its own: select a module inside it.",
    coming: "A run that gathers its channels is under way.",
    absent: "Its channels were not gathered yet.",
  };
  const STRIP_PX = 84;

  /* The middle of each channel's place along a width. */
  const middle = (channel, count, width) => ((channel + 0.5) / count) * width;

  function extent(lists) {
    let [low, high] = [0, 0];
    lists.forEach((list) => list && list.forEach(function (value) {
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }));
    return [low, high > low ? high : low + 1];
  }

  function bars(context, size, values, { ends, colour, wide }) {
    const [low, high] = ends;
    const y = (value) => size.height - 2 - ((value - low) / (high - low)) * (size.height - 6);
    const each = Math.max(1, (size.width / values.length) * wide);
    context.fillStyle = colour;
    values.forEach(function (value, channel) {
      if (!Number.isFinite(value)) return;
      const top = y(value);
      context.fillRect(middle(channel, values.length, size.width) - each / 2, top, each, Math.max(1, y(0) - top));
    });
  }

  /* Norms: the baseline's behind, the model's before it; pruned channels below, outliers above. */
  function norms(canvas, { norm, before, outlier }, look) {
    const { context, ...size } = draw.prepared(canvas, draw.sizeOf(canvas));
    const ends = extent([norm, before]);
    if (before) bars(context, size, before, { ends, colour: look.border, wide: 1 });
    bars(context, size, norm, { ends, colour: look.classes[3], wide: before ? 0.6 : 0.85 });
    const each = Math.max(1.5, size.width / norm.length);
    norm.forEach(function (value, channel) {
      const left = middle(channel, norm.length, size.width) - each / 2;
      context.fillStyle = outlier[channel] ? look.failure : look.selected;
      if (outlier[channel]) context.fillRect(left, 0, each, 4);
      else if (value === 0) context.fillRect(left, size.height - 4, each, 4);
    });
  }

  function scales(canvas, { scale }, look) {
    const { context, ...size } = draw.prepared(canvas, draw.sizeOf(canvas));
    bars(context, size, scale, { ends: extent([scale]), colour: look.classes[4], wide: 0.85 });
  }

  /* Ranges of the outputs: a band per channel, the baseline's behind. */
  function ranges(canvas, [low, high, lowBefore, highBefore], look) {
    const { context, ...size } = draw.prepared(canvas, draw.sizeOf(canvas));
    const [bottom, top] = extent([low, high, lowBefore, highBefore]);
    const y = (value) => size.height - 3 - ((value - bottom) / (top - bottom)) * (size.height - 6);
    [[lowBefore, highBefore, look.border, 1], [low, high, look.classes[3], 0.6]].forEach(function ([from, to, colour, wide]) {
      const each = Math.max(1, (size.width / from.length) * wide);
      context.fillStyle = colour;
      from.forEach((value, channel) => Number.isFinite(value) && context.fillRect(middle(channel, from.length, size.width) - each / 2, y(to[channel]), each, Math.max(1, y(value) - y(to[channel]))));
    });
    context.fillStyle = look.dimmed;
    context.fillRect(0, y(0), size.width, 1);
  }

  function picture(canvas, { shape: [rows, columns], values }) {
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    const colour = draw.colours().picture;
    lib.decoded(values, "u1").forEach((value, place) => image.data.set([...colour, value], 4 * place));
    context.putImageData(image, 0, 0);
  }

  /* A drawing of channels with its heading, what it says, and the figures of the channel that is pointed at. */
  function strip(place, { title, told, count, tip, paint }) {
    const canvas = element("canvas", "layers-strip");
    canvas.style.height = STRIP_PX + "px";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", title + ": " + told);
    const figure = element("figure", "layers-inside-part");
    figure.append(element("figcaption", "", title), canvas, element("p", "layers-dim", told));
    place.append(figure);
    canvas.addEventListener("mousemove", function (event) {
      const channel = Math.min(count - 1, Math.max(0, Math.floor((event.offsetX / canvas.clientWidth) * count)));
      tips.show(event, "Output channel " + (channel + 1) + " of " + count + "\n" + tip(channel));
    });
    canvas.addEventListener("mouseleave", () => tips.show(null));
    return () => paint(canvas, draw.colours());
  }

  function number(value) {
    return Number.isFinite(value) ? words.significant(value) : words.NONE;
  }

  function counted(count, one) {
    return count.toLocaleString("en-US") + " " + one + (count === 1 ? "" : "s");
  }

  function channels(weight) {
    const pruned = weight.norm.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
    const outliers = weight.outlier.reduce((sum, flag) => sum + flag, 0);
    return counted(weight.norm.length, "output channel") + ", " + pruned + " all zero (orange, below), " + counted(outliers, "outlier") + " (red, above). Grey: baseline.";
  }

  function weightParts(place, sent) {
    const weight = { ...sent, norm: lib.decoded(sent.norm, "f4"), before: lib.decoded(sent.before, "f4"), scale: lib.decoded(sent.scale, "f4"), outlier: lib.decoded(sent.outlier, "u1") };
    const count = weight.norm.length;
    const paints = [];
    if (count) {
      const tip = (channel) => "norm " + number(weight.norm[channel]) + (weight.before ? ", baseline " + number(weight.before[channel]) : "") + (weight.outlier[channel] ? "\noutlier: above the upper quartile by 3 interquartile ranges" : "");
      paints.push(strip(place, { title: sent.parameter + ": L2 norm per output channel", told: channels(weight), count, tip, paint: (canvas, look) => norms(canvas, weight, look) }));
    }
    if (weight.scale) {
      const [, most] = extent([weight.scale]);
      paints.push(strip(place, { title: "Largest scale per output channel", told: "0 to " + number(most), count, tip: (channel) => "scale " + number(weight.scale[channel]), paint: (canvas, look) => scales(canvas, weight, look) }));
    }
    const both = element("div", "layers-pictures");
    [["Size of weights", sent.picture], ["Size of changes", sent.change]].forEach(function ([title, one]) {
      if (!one || !one.shape[0] || !one.shape[1]) return;
      const figure = element("figure", "layers-inside-part");
      const canvas = element("canvas", "layers-picture");
      canvas.setAttribute("role", "img");
      const told = "mean size, 0 to " + number(one.most) + "; down: output channels, right: inputs";
      canvas.setAttribute("aria-label", title + " of " + sent.parameter + ": " + told);
      figure.append(element("figcaption", "", title), canvas, element("p", "layers-dim", told));
      both.append(figure);
      paints.push(() => picture(canvas, one));
    });
    place.append(both);
    return paints;
  }

  function rangeParts(place, sent) {
    if (!sent) return [];
    const four = sent.map((one) => lib.decoded(one, "f4"));
    const [low, high, lowBefore, highBefore] = four;
    const tip = (channel) => number(low[channel]) + " to " + number(high[channel]) + "\nbaseline " + number(lowBefore[channel]) + " to " + number(highBefore[channel]);
    const [bottom, top] = extent(four);
    const told = counted(low.length, "output channel") + " over the probe batch, " + number(bottom) + " to " + number(top) + ". Grey: baseline.";
    return [strip(place, { title: "Range of outputs per channel", told, count: low.length, tip, paint: (canvas, look) => ranges(canvas, four, look) })];
  }

  function gather(told, models, text) {
    const button = element("button", "layers-act layers-gather", text);
    button.type = "button";
    button.title = "Queue a run that gathers norms, scales, pictures and ranges of all modules; it is kept";
    button.addEventListener("click", () => libraries.setProps("compare-layers-inside", { data: { models, baseline: told.baseline, at: Date.now() } }));
    return button;
  }

  function columnOf(told, column, name) {
    const part = element("div", "layers-inside-model");
    part.append(element("h3", "", name));
    if (column.state === "known") {
      const paints = column.weights.flatMap((weight) => weightParts(part, weight)).concat(rangeParts(part, column.ranges));
      return { part, paints };
    }
    const note = element("p", "compare-note", column.problem ? "Gathering its channels failed: " + column.problem : NOTES[column.state]);
    part.append(note);
    if (column.state === "absent" || column.state === "failed") part.append(gather(told, [column.id], "Gather its channels"));
    return { part, paints: [] };
  }

  function create(place) {
    let shown = null; // mark and module of what is there
    let paints = [];
    const repaint = () => paints.forEach((paint) => paint());

    function fill(told, model) {
      const heading = element("h2", "", "Inside " + (told.module || "the whole model"));
      const columns = told.columns.map((column) => columnOf(told, column, model.told.columns[column.place].name));
      const absent = told.columns.filter((column) => column.state === "absent").map((column) => column.id);
      const grid = element("div", "layers-inside-grid");
      grid.append(...columns.map(({ part }) => part));
      place.replaceChildren(heading, ...(absent.length > 1 ? [gather(told, absent, "Gather the channels of all " + absent.length + " models")] : []), grid);
      paints = columns.flatMap((column) => column.paints);
      repaint();
    }

    function update(model, node) {
      const wanted = node === null ? null : model.told.mark + " " + model.names[node];
      place.hidden = node === null;
      if (wanted === shown) return;
      shown = wanted;
      if (node === null) return place.replaceChildren();
      return read(model, node);
    }

    function read(model, node) {
      const wanted = shown;
      address.asked("inside", model.told.mark, { nodes: String(node) }).then(function (told) {
        if (shown === wanted) fill(told, model);
      }).catch(() => shown === wanted && place.replaceChildren(element("p", "compare-note", "What is inside could not be read: reload the page.")));
    }

    new ResizeObserver(repaint).observe(place);
    return { update, again: (model, node) => node !== null && read(model, node), repaint };
  }

  return { create };
});
