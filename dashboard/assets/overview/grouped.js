/* Draws the grouped bars and the table of differences of the selection; every bar and row leads to its models. */
(function () {
  "use strict";

  const bus = window.overviewBus;
  const HEIGHT = { top: 20, bars: 88, bottom: 34 };
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
    made.append(caption, bars(chart, width));
    return made;
  }

  function bars(chart, width) {
    const all = chart.groups.flatMap((group) => group.bars);
    const high = Math.max(0, ...all.map((bar) => bar.high));
    const low = Math.min(0, ...all.map((bar) => bar.low));
    const y = (value) => HEIGHT.top + HEIGHT.bars * (1 - (value - low) / (high - low || 1));
    const most = Math.max(...chart.groups.map((group) => group.bars.length));
    const step = width / chart.groups.length;
    const thick = Math.max(1, Math.min(56, (step * 0.86) / most)); // wide enough for "83.7 kB" above it
    const total = HEIGHT.top + HEIGHT.bars + HEIGHT.bottom;
    const picture = svg("svg", { width: width, height: total, role: "group", "aria-label": chart.title });
    const labels = all.every((bar) => bar.text.length * CHAR_PX < thick + (most === 1 ? step - thick : 0) - 7);
    chart.groups.forEach((group, index) => {
      const middle = (index + 0.5) * step;
      const left = middle - (thick * group.bars.length) / 2;
      group.bars.forEach((bar, place) => {
        picture.append(barOf(bar, { x: left + place * thick, thick: thick, y: y, named: labels }, group, chart));
      });
    });
    picture.append(svg("line", { x1: 0, x2: width, y1: y(0), y2: y(0), class: "ov-chart-axis" }));
    ticks(chart, step, total).forEach((tick) => picture.append(tick));
    return picture;
  }

  function barOf(bar, place, group, chart) {
    const shown = svg("g", { class: "ov-bar", tabindex: "0", role: "button" });
    const x = place.x + Math.min(2, place.thick * 0.1);
    const wide = Math.max(0.8, place.thick - Math.min(4, place.thick * 0.2));
    const [top, foot] = [Math.min(place.y(bar.value), place.y(0)), Math.max(place.y(bar.value), place.y(0))];
    shown.append(svg("rect", { x: x, y: top, width: wide, height: Math.max(1, foot - top), rx: 1.5, fill: bar.fill }));
    const middle = x + wide / 2;
    if (bar.ids.length > 1 && bar.high > bar.low) {
      shown.append(svg("line", { x1: middle, x2: middle, y1: place.y(bar.low), y2: place.y(bar.high), class: "ov-whisker" }));
    }
    if (place.named) {
      shown.append(svg("text", { x: middle, y: place.y(Math.max(bar.high, bar.value, 0)) - 4, class: "ov-bar-value" }, bar.text));
    }
    const where = [chart.x && chart.x + " " + group.text, bar.colour].filter(Boolean).join(", ");
    const told = [where, bar.text, bar.range].filter(Boolean).join(": ");
    shown.setAttribute("aria-label", "Select " + told);
    shown.append(svg("title", {}, told));
    shown.addEventListener("click", () => bus.set(bar.ids, ""));
    shown.addEventListener("keydown", (event) => {
      if (event.key === "Enter") bus.set(bar.ids, "");
    });
    shown.addEventListener("mouseenter", () => bar.ids.length === 1 && bus.hover(bar.ids[0]));
    shown.addEventListener("mouseleave", () => bus.hover(null));
    return shown;
  }

  /* As many values under the axis as fit side by side, the rest is in the tooltips. */
  function ticks(chart, step, total) {
    const longest = Math.max(...chart.groups.map((group) => group.text.length)) * CHAR_PX + 8;
    const most = Math.max(step, Math.min(longest, step * 2));
    const every = Math.ceil(Math.min(longest, 110) / step);
    const shown = chart.groups.map((group, index) => {
      const room = Math.floor((Math.max(most, every * step) - 6) / CHAR_PX);
      const text = group.text.length > room ? group.text.slice(0, Math.max(1, room - 1)) + "\u2026" : group.text;
      return svg("text", { x: (index + 0.5) * step, y: total - 20, class: "ov-chart-tick" }, index % every ? "" : text);
    });
    const middle = (chart.groups.length * step) / 2;
    return shown.concat(svg("text", { x: middle, y: total - 5, class: "ov-chart-name" }, chart.x));
  }

  function tableOf(table) {
    const made = html("table", "ov-metrics ov-several");
    const head = html("tr");
    for (const [text, title, figure] of table.heads) {
      const cell = html("th", figure ? "figure" : "", text);
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
    line.addEventListener("mouseenter", () => bus.hover(row.id));
    line.addEventListener("mouseleave", () => bus.hover(null));
    return line;
  }

  Object.assign(window.dash_clientside.overview, {
    drawGrouped: function (data) {
      draw(data, 120);
    },
  });
})();
