/* Draws the grouped dots and the table of differences of the selection; every dot and row leads to its models. */
cnc.define("grouped", ["selection"], function (selection) {
  "use strict";

  const HEIGHT = { top: 20, plot: 96, bottom: 34 };
  const DOT_PX = 5;
  const CHAR_PX = 6.4;
  let drawn = null;
  let watched = null;

  const observer = new ResizeObserver(() => {
    if (drawn) drawCharts(drawn.charts);
  });

  function svg(tag, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function html(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function draw(data, tries) {
    drawn = data && data.charts ? data : null;
    if (!drawn) return;
    const box = document.getElementById("overview-charts");
    const table = document.getElementById("overview-differences");
    if (!box || !table) {
      if (tries > 0) window.requestAnimationFrame(() => draw(data, tries - 1));
      return;
    }
    if (watched !== box) {
      if (watched) observer.unobserve(watched);
      watched = box;
      observer.observe(box);
    }
    drawCharts(data.charts);
    table.replaceChildren(tableOf(data.table));
  }

  function drawCharts(charts) {
    const box = document.getElementById("overview-charts");
    if (!box) return;
    const width = box.clientWidth || 420;
    const across = width > 700 ? Math.min(2, charts.length) : 1;
    box.style.setProperty("--across", String(across));
    box.replaceChildren(...charts.map((chart) => figure(chart, (width - 24 * (across - 1)) / across)));
  }

  function figure(chart, width) {
    const made = html("figure", "ov-chart");
    const caption = html("figcaption", "", chart.title);
    if (chart.key_name) caption.append(html("span", "ov-chart-key", chart.key_name + ":"));
    for (const entry of chart.key) {
      const key = html("span", "ov-chart-key", entry.text);
      const swatch = html("i");
      swatch.style.background = entry.fill;
      key.prepend(swatch);
      caption.append(key);
    }
    if (chart.note) caption.append(html("span", "ov-chart-note", chart.note));
    made.append(caption, dots(chart, width));
    return made;
  }

  function dots(chart, width) {
    const { low, high, ticks } = chart.axis;
    const left = Math.max(0, ...ticks.map(([, text]) => text.length)) * CHAR_PX + 8;
    const y = (value) => HEIGHT.top + HEIGHT.plot * (1 - (value - low) / (high - low));
    const most = Math.max(...chart.groups.map((group) => group.dots.length));
    const step = (width - left) / chart.groups.length;
    const apart = Math.max(1, Math.min(56, (step * 0.86) / most)); // wide enough for "83.7 kB" above a dot
    const total = HEIGHT.top + HEIGHT.plot + HEIGHT.bottom;
    const picture = svg("svg", { width: width, height: total, role: "group", "aria-label": chart.title });
    for (const [value, text] of ticks) {
      picture.append(svg("line", { x1: left, x2: width, y1: y(value), y2: y(value), class: "ov-chart-axis" }));
      picture.append(svg("text", { x: left - 6, y: y(value) + 3.5, class: "ov-chart-value" }, text));
    }
    const all = chart.groups.flatMap((group) => group.dots);
    const named = all.every((dot) => dot.text.length * CHAR_PX < apart + (most === 1 ? step - apart : 0) - 7);
    chart.groups.forEach((group, index) => {
      const first = left + (index + 0.5) * step - (apart * (group.dots.length - 1)) / 2;
      group.dots.forEach((dot, place) => {
        picture.append(dotOf(dot, { x: first + place * apart, apart: apart, y: y, named: named }, group, chart));
      });
    });
    below(chart, left, step, total).forEach((text) => picture.append(text));
    return picture;
  }

  function dotOf(dot, place, group, chart) {
    const shown = svg("g", { class: "ov-dot", tabindex: "0", role: "button" });
    const radius = Math.max(1.5, Math.min(DOT_PX, place.apart / 2 - 0.5));
    const [top, foot] = [place.y(dot.high), place.y(dot.low)];
    // The whole column can be clicked, not only the few pixels of the dot.
    const hit = { x: place.x - place.apart / 2, width: place.apart, y: HEIGHT.top - 14, height: HEIGHT.plot + 14 };
    shown.append(svg("rect", Object.assign(hit, { class: "ov-hit" })));
    if (dot.high > dot.low) shown.append(svg("path", { d: whisker(place.x, top, foot, radius), class: "ov-whisker" }));
    shown.append(svg("circle", { cx: place.x, cy: place.y(dot.value), r: radius, fill: dot.fill }));
    if (place.named) shown.append(svg("text", { x: place.x, y: Math.min(top, place.y(dot.value) - radius) - 4, class: "ov-dot-value" }, dot.text));
    const where = [chart.x && chart.x + " " + group.text, dot.colour].filter(Boolean).join(", ");
    const told = [where, dot.text, dot.range].filter(Boolean).join(": ");
    shown.setAttribute("aria-label", "Select " + told);
    shown.append(svg("title", {}, told));
    shown.addEventListener("click", () => selection.set(dot.ids, ""));
    shown.addEventListener("keydown", (event) => {
      if (event.key === "Enter") selection.set(dot.ids, "");
    });
    shown.addEventListener("mouseenter", () => dot.ids.length === 1 && selection.hover(dot.ids[0]));
    shown.addEventListener("mouseleave", () => selection.hover(null));
    return shown;
  }

  function whisker(x, top, foot, half) {
    const cap = (y) => `M${x - half} ${y}H${x + half}`;
    return cap(top) + `M${x} ${top}V${foot}` + cap(foot);
  }

  /* As many values under the axis as fit side by side, the rest is in the tooltips. */
  function below(chart, left, step, total) {
    const longest = Math.max(...chart.groups.map((group) => group.text.length)) * CHAR_PX + 8;
    const most = Math.max(step, Math.min(longest, step * 2));
    const every = Math.ceil(Math.min(longest, 110) / step);
    const shown = chart.groups.map((group, index) => {
      const room = Math.floor((Math.max(most, every * step) - 6) / CHAR_PX);
      const text = group.text.length > room ? group.text.slice(0, Math.max(1, room - 1)) + "\u2026" : group.text;
      return svg("text", { x: left + (index + 0.5) * step, y: total - 20, class: "ov-chart-tick" }, index % every ? "" : text);
    });
    const middle = left + (chart.groups.length * step) / 2;
    return shown.concat(svg("text", { x: middle, y: total - 5, class: "ov-chart-name" }, chart.x));
  }

  function tableOf(table) {
    const made = html("table", "ov-metrics ov-several");
    const head = html("tr");
    for (const [text, title, isFigure] of table.heads) {
      const cell = html("th", isFigure ? "figure" : "", text);
      cell.title = title;
      head.append(cell);
    }
    const body = html("tbody");
    for (const row of table.rows) body.append(rowOf(row));
    made.append(html("thead"), body);
    made.firstChild.append(head);
    return made;
  }

  function rowOf(row) {
    const line = html("tr");
    row.cells.forEach((cell, index) => {
      const made = html("td");
      if (index === 0) {
        const name = html("button", "ov-crumb", cell);
        name.type = "button";
        name.title = "Select " + cell + " alone";
        name.dataset.select = row.id;
        made.append(name);
      } else if (Array.isArray(cell)) {
        made.textContent = cell[0];
        made.className = "ov-barred";
        made.style.setProperty("--share", String(cell[1] === null ? 0 : cell[1]));
      } else {
        made.textContent = cell;
      }
      line.append(made);
    });
    line.addEventListener("mouseenter", () => selection.hover(row.id));
    line.addEventListener("mouseleave", () => selection.hover(null));
    return line;
  }

  cnc.callbacks("overview", {
    drawGrouped: function (data) {
      draw(data, 120);
    },
  });
});
