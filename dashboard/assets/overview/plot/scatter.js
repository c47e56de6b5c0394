/* The scatterplot's side of the selection: rings follow the bus, clicks and boxes feed it. */
cnc.define("scatter", ["libraries", "selection", "rings", "scatterFrame"], function (libraries, selection, rings, scatterFrame) {
  "use strict";

  let shift = false;
  let clearing = false;
  let drawn = null;
  let positions = new Map();

  for (const kind of /** @type {const} */ (["keydown", "keyup"])) {
    window.addEventListener(kind, (event) => {
      shift = event.shiftKey;
    });
  }

  function graph() {
    return scatterFrame.graph();
  }

  function trace(gd, name) {
    return gd.data.findIndex((one) => one.meta === name);
  }

  function attach(gd) {
    gd.on("plotly_click", (event) => {
      const id = idOf(event.points[0]);
      if (id) selection.toggle(id, event.event && (event.event.shiftKey || event.event.ctrlKey), "");
    });
    gd.on("plotly_selected", chosen);
    gd.on("plotly_hover", (event) => {
      const id = idOf(event.points[0]);
      if (id) selection.hover(id, { x: event.event.clientX, y: event.event.clientY });
    });
    gd.on("plotly_unhover", () => selection.hover(null));
    gd.on("plotly_afterplot", refresh);
    gd.on("plotly_relayouting", refresh);
    refresh();
  }

  function idOf(point) {
    if (!point || point.data.meta !== "points" || selection.hidden().has(point.customdata)) return null;
    return point.customdata;
  }

  function chosen(event) {
    if (!event || clearing) return;
    const ids = event.points.map(idOf).filter(Boolean);
    selection.set(shift ? Array.from(selection.selected()).concat(ids) : ids, "");
    window.setTimeout(clearBox);
  }

  /* The box has done its work once the points are selected; removing it fires an empty selection. */
  function clearBox() {
    const gd = graph();
    if (!gd || !gd.layout) return;
    clearing = true;
    window.Plotly.relayout(gd, { selections: [] }).then(() => {
      clearing = false;
    });
  }

  /* New data, another size or another range: what is selected has to be drawn again. */
  function refresh() {
    const gd = graph();
    const main = gd && gd.data ? trace(gd, "points") : -1;
    if (main < 0 || !libraries.plotFrame(gd)) return;
    if (gd.data[main] !== drawn) {
      drawn = gd.data[main];
      positions = new Map(drawn.customdata.map((id, index) => [id, index]));
    }
    select(selection.selected());
  }

  function select(ids) {
    const gd = graph();
    if (!gd || !drawn) return;
    const chosenPoints = Array.from(ids, (id) => positions.get(id)).filter((index) => index !== undefined);
    rings.draw(gd, drawn, chosenPoints, ids.size > 0);
  }

  /* The hovered model's cross-hair is drawn over the plot, so that Plotly has nothing to redraw. */
  function hover(id) {
    const gd = graph();
    const index = id === null ? undefined : positions.get(id);
    const cross = crosshair(gd);
    if (!cross) return;
    cross.hidden = index === undefined;
    if (index === undefined) return;
    const at = rings.place(gd, drawn, index);
    const { inner } = libraries.plotFrame(gd);
    const [x, y] = [at.x - inner.left, at.y - inner.top];
    cross.hidden = x < 0 || y < 0 || x > inner.width || y > inner.height; // zoomed out of sight
    for (const [side, pixels] of Object.entries(inner)) cross.style[side] = pixels + "px";
    cross.style.setProperty("--x", x + "px");
    cross.style.setProperty("--y", y + "px");
  }

  function crosshair(gd) {
    if (!libraries.plotFrame(gd)) return null;
    let cross = gd.querySelector(".ov-crosshair");
    if (!cross) {
      cross = document.createElement("div");
      cross.className = "ov-crosshair";
      cross.append(document.createElement("i"), document.createElement("i"), document.createElement("b"));
      gd.append(cross);
    }
    return cross;
  }

  selection.views.scatter = { select: select, hover: hover };

  cnc.callbacks("overview", {
    drawScatter: function (figure) {
      if (figure) scatterFrame.draw(figure);
    },
    /* The models that the title counts, drawn already or not. */
    selectFront: function (clicks) {
      const figure = scatterFrame.wanted();
      if (clicks && figure) selection.set(figure.layout.meta.front, "");
    },
  });

  return { attach: attach };
});
