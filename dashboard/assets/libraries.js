/* What the browser code uses of Dash, React, AG Grid, Cytoscape and Plotly. Whatever these do not document stands here
   alone; tests/browser/test_browser_libraries.py fails when an update moves it. */
cnc.define("libraries", [], function () {
  "use strict";

  const TRIES = 40;
  const PAUSE_MS = 50;

  /* ---- Dash and React ---- */

  /* Gives a component new properties; callbacks with them as inputs run. `id` may be the object of a pattern. */
  function setProps(id, props) {
    window.dash_clientside.set_props(id, props);
  }

  /* What a client-side callback returns where nothing changes. */
  function unchanged() {
    return window.dash_clientside.no_update;
  }

  /* Within a client-side callback: what set it off. */
  function context() {
    return window.dash_clientside.callback_context;
  }

  /* Whether Dash has a component of this id; it forgets components before they vanish from the page. */
  function isKnown(id) {
    try {
      return window.dash_component_api.getLayout(id) !== undefined;
    } catch {
      return false; // Dash looks for the place of what it does not have
    }
  }

  /* What a component's property is now; undefined without such a component. */
  function value(id, property) {
    return isKnown(id) ? window.dash_component_api.getLayout(id).props[property] : undefined;
  }

  /* Goes to an address within the dashboard, as a link of Dash does. */
  function go(href) {
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function element(kind, props, ...children) {
    return window.React.createElement(kind, props, ...children);
  }

  /* ---- AG Grid ---- */

  /* The interface of a grid; null on another page, and while the grid is still being made. */
  function grid(id) {
    try {
      const api = window.dash_ag_grid.getApi(id);
      return api && !api.isDestroyed() ? api : null;
    } catch {
      return null;
    }
  }

  /* Calls `action` with the grid's interface as soon as it is made; gives up after two seconds. */
  function whenGrid(id, action, tries = TRIES) {
    const api = grid(id);
    if (api) action(api);
    else if (tries > 0) window.setTimeout(() => whenGrid(id, action, tries - 1), PAUSE_MS);
  }

  /* ---- Cytoscape ---- */

  // Cytoscape warns of any wheel sensitivity given as an option, and dash-cytoscape always gives one.
  delete window.dash_cytoscape.Cytoscape.defaultProps.wheelSensitivity;

  /* The Cytoscape instance of a dash-cytoscape component; null before it is made. */
  function cytoscape(id) {
    const place = document.getElementById(id);
    return place && place._cyreg ? place._cyreg.cy : null;
  }

  /* ---- Plotly ---- */

  /* The frame between the axes in pixels of the plot, with its axes as they are at this moment, also while people drag
     them; null before the first drawing. */
  function plotFrame(plot) {
    const layout = plot && plot._fullLayout;
    if (!layout || !layout.xaxis) return null;
    const { xaxis, yaxis, width, height } = layout;
    const inner = { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
    return { inner: inner, width: width, height: height, xaxis: xaxis, yaxis: yaxis };
  }

  /* The SVG groups that hold the points of the trace whose `meta` is this. */
  function pointLayers(plot, meta) {
    const trace = plot._fullData.find((one) => one.meta === meta);
    return trace ? plot.querySelectorAll(".trace" + trace.uid + " .points") : [];
  }

  return { setProps, unchanged, context, isKnown, value, go, element, grid, whenGrid, cytoscape, plotFrame, pointLayers };
});
