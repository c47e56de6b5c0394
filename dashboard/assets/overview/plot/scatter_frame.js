/* Draws the scatterplot's figures with Plotly, and keeps its size and its zoom right. */
cnc.define("scatterFrame", ["libraries", "plotly"], function (libraries, plotly) {
  "use strict";

  const CONFIG = {
    displaylogo: false,
    doubleClick: false, // Plotly goes back to the ranges of its first figure, which may be those of an empty plot
    modeBarButtons: [["zoom2d", "pan2d", "select2d", "lasso2d"], ["toImage"]],
  };
  const RETRY_MS = 3000;
  let figure = null;
  let place = null;
  let watched = null;
  let pending = false;

  const observer = new ResizeObserver(() => later());

  function frame() {
    return document.getElementById("overview-scatter");
  }

  function graph() {
    return place && place.isConnected ? place : null;
  }

  /* Figures come faster than frames while runs end; only the last one is drawn. */
  function draw(wanted) {
    figure = wanted;
    plotly.ready().then(later, (error) => {
      console.warn(error.message);
      window.setTimeout(() => figure === wanted && draw(wanted), RETRY_MS);
    });
  }

  function later() {
    if (pending) return;
    pending = true;
    window.setTimeout(() => {
      pending = false;
      if (window.Plotly && figure) show();
    });
  }

  /* Nothing is drawn into a place without a size: the observer calls again when it is shown. */
  function show() {
    const box = frame();
    if (!box) return;
    if (watched !== box) {
      observer.disconnect();
      observer.observe(box);
      watched = box;
    }
    if (!box.clientWidth || !box.clientHeight) return;
    if (place && (place.parentNode !== box || !hasPoints())) leave();
    if (!hasPoints()) {
      delete box.dataset.drawn; // the outline stays rather than axes without anything
      return;
    }
    if (!place) settle(box);
    const fresh = place.drawnFigure !== figure;
    place.drawnFigure = figure;
    const size = { width: box.clientWidth, height: box.clientHeight };
    const known = libraries.plotFrame(place);
    if (!fresh && known && known.width === size.width && known.height === size.height) return;
    const own = structuredClone(figure); // Plotly writes into what it draws
    window.Plotly.react(place, own.data, Object.assign(own.layout, size), CONFIG).then(attach);
  }

  function hasPoints() {
    const points = figure.data.find((one) => one.meta === "points");
    return Boolean(points) && points.customdata.length > 0;
  }

  function settle(box) {
    place = document.createElement("div");
    box.replaceChildren(place, resetButton());
  }

  /* The page was left, another project is shown, or no model has these metrics: the plot goes, with its zoom. */
  function leave() {
    window.Plotly.purge(place);
    place.remove();
    place = null;
  }

  function attach(gd) {
    if (gd.overviewAttached) return;
    gd.overviewAttached = true;
    gd.on("plotly_doubleclick", reset);
    gd.on("plotly_afterplot", zoomed);
    frame().dataset.drawn = "";
    cnc.scatter.attach(gd);
    zoomed();
  }

  function resetButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ov-button ov-reset-zoom";
    button.textContent = "Show all";
    button.title = "Show all points again (or double-click the plot)";
    button.hidden = true;
    button.addEventListener("click", reset);
    return button;
  }

  function given(side) {
    return figure.layout[side].range;
  }

  function zoomed() {
    const shown = graph() && libraries.plotFrame(place);
    if (!shown) return;
    const changed = (side) => (given(side) ? String(given(side)) !== String(shown[side].range) : !shown[side].autorange);
    frame().querySelector(".ov-reset-zoom").hidden = !["xaxis", "yaxis"].some(changed);
  }

  function reset() {
    const wanted = {};
    for (const side of ["xaxis", "yaxis"]) {
      if (given(side)) wanted[side + ".range"] = given(side).slice();
      else wanted[side + ".autorange"] = true;
    }
    window.Plotly.relayout(place, wanted);
  }

  return { draw: draw, graph: graph, wanted: () => figure };
});
