/* The page that compares projects: its address holds what it shows. */
cnc.define("across", [], function () {
  "use strict";

  function remember(projects, x, y, log) {
    if (window.location.pathname !== "/across") return null;
    const state = new URLSearchParams();
    if (projects && projects.length) state.set("of", projects.join("."));
    if (x) state.set("x", x);
    if (y) state.set("y", y);
    if (log && log.length) state.set("log", log.join("."));
    const query = state.toString();
    window.history.replaceState(window.history.state, "", "/across" + (query ? "?" + query : ""));
    return query;
  }

  cnc.callbacks("across", { remember });
});
