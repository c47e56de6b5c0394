/* What the selected row shows below its line: larger histograms, and every figure of every model. */
cnc.define("layersGrown", ["layersTable", "layersWords", "layersDrawing"], function (table, words, draw) {
  "use strict";

  function lines(told) {
    const { element } = table;
    const list = element("div", "layers-figures");
    told.figures.forEach(function (figure) {
      const line = element("div", "layers-figure", figure.label + (figure.unit ? " [" + figure.unit + "]" : ""));
      line.title = words.said(figure);
      list.append(line);
    });
    return list;
  }

  function values(told, column) {
    const { element } = table;
    const list = element("div", "layers-figures");
    told.figures.forEach(function (figure, place) {
      list.append(element("div", "layers-figure", words.written(told.values[place][column], figure, false)));
    });
    return list;
  }

  function ends(low, high) {
    const { element } = table;
    const { significant } = words;
    const line = element("div", "layers-ends");
    [low, high].forEach((end) => line.append(element("span", "", Number.isFinite(end) ? significant(end) : "")));
    return line;
  }

  function tip(told, counts, bin) {
    const { significant } = words;
    const count = counts[0].length;
    const width = (told.high - told.low) / (count - 2);
    const total = counts.reduce((sum, each) => sum + each[bin], 0);
    const all = counts.reduce((sum, each) => sum + each.reduce((a, b) => a + b, 0), 0);
    const range = bin === 0 ? "below " + significant(told.low) : bin === count - 1 ? "above " + significant(told.high)
      : significant(told.low + (bin - 1) * width) + " to " + significant(told.low + bin * width);
    const share = all ? ((100 * total) / all).toFixed(2) + " %" : "";
    const outside = bin === 0 || bin === count - 1 ? " (outside the baseline's range)" : "";
    const parts = [range + outside, Math.round(total).toLocaleString("en-US") + " values, " + share];
    if (counts.length > 1 && total) {
      const { CLASSES } = draw;
      counts.forEach((each, place) => each[bin] >= 0.5 && parts.push("changed " + CLASSES[place] + ": " + Math.round(each[bin]).toLocaleString("en-US")));
    }
    return parts.join("\n").replace("changed unchanged", "unchanged");
  }

  function fill(row, told, model) {
    const { element } = table;
        if (!row.isConnected) return;
    row.querySelectorAll(".layers-grown").forEach((part) => part.remove());
    const look = draw.colours();
    const counts = told.counts || [];
    const largest = Math.max(1, ...counts.filter(Boolean).flatMap((each) => each[0].map((_, bin) => each.reduce((sum, one) => sum + one[bin], 0))));
    Array.from(row.children).forEach(function (cell, place) {
      const part = element("div", "layers-grown");
      if (place === 0) {
        if (told.counts) part.append(legend(model, look));
        if (model.told.columns.some((one) => one.notes[told.node])) part.append(element("div", "layers-note"));
        part.append(lines(told));
      } else {
        const column = place - 1;
        if (told.counts) {
          const canvas = element("canvas", "layers-large");
          part.append(canvas, ends(told.low, told.high));
          cell.append(part);
          if (counts[column]) {
            draw.stacked(canvas, counts[column], largest, look);
            canvas.addEventListener("mousemove", (event) => show(event, tip(told, counts[column], draw.binAt(canvas, counts[column][0].length, event.offsetX))));
            canvas.addEventListener("mouseleave", () => show(null));
            canvas.setAttribute("role", "img");
            canvas.setAttribute("aria-label", "Histogram of " + model.names[told.node] + " in " + model.told.columns[column].name);
          }
        }
        const note = model.told.columns[column].notes[told.node];
        if (note) part.append(element("div", "layers-note", note));
        part.append(values(told, column));
      }
      cell.append(part);
    });
  }

  function legend(model, look) {
    const { element } = table;
    const box = element("div", "layers-legend");
    box.append(element("div", "layers-dim", model.told.mode === "weights" ? "Weights by relative change" : "Outputs"));
    const classes = model.told.mode === "weights" ? draw.CLASSES : [];
    classes.forEach(function (text, place) {
      const line = element("span", "layers-key", text);
      line.style.setProperty("--key", look.classes[place]);
      box.append(line);
    });
    const line = element("span", "layers-key", "outside the baseline's range");
    line.style.setProperty("--key", look.selected);
    box.append(line);
    box.append(element("div", "layers-dim", "Height: square root of the count"));
    return box;
  }

  /* One tooltip for the whole tab; without an event it goes away. */
  function show(event, text) {
    let box = document.getElementById("layers-tip");
    if (!box) {
      box = table.element("div", "layers-tip");
      box.id = "layers-tip";
      box.setAttribute("role", "tooltip");
      document.body.append(box);
    }
    box.hidden = !event;
    if (!event) return;
    box.textContent = text;
    const left = Math.min(event.clientX + 14, window.innerWidth - box.offsetWidth - 6);
    const above = event.clientY + 16 + box.offsetHeight > window.innerHeight;
    box.style.left = left + "px";
    box.style.top = (above ? event.clientY - box.offsetHeight - 10 : event.clientY + 16) + "px";
  }

  return { fill, show };
});
