/* Light and dark. The choice is kept by the Store "scheme" in localStorage; this runs before the page is drawn. */
cnc.define("appearance", [], function () {
  "use strict";

  function remembered() {
    try {
      return JSON.parse(window.localStorage.getItem("scheme"));
    } catch {
      return null;
    }
  }

  function preferred() {
    return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  function show(scheme) {
    const root = document.documentElement;
    root.setAttribute("data-mantine-color-scheme", scheme);
    root.setAttribute("data-ag-theme-mode", scheme);
    return scheme;
  }

  show(remembered() || preferred());

  cnc.callbacks("appearance", {
    choose: function (clicks, stored) {
      const present = stored || remembered() || preferred();
      if (clicks) return present === "dark" ? "light" : "dark";
      return stored ? cnc.libraries.unchanged() : present;
    },
    apply: function (scheme) {
      return show(scheme || remembered() || preferred());
    },
  });
});
