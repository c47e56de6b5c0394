/* Workers take up new plug-ins while a page is open: forms look again when somebody comes back to the page from an
   editor, opens another tab of it, and a little later, since a worker takes a moment. */
cnc.define("lookingAgain", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  const AGAIN_MS = [0, 3000, 9000];

  function look() {
    document.querySelectorAll(".looks-again").forEach(function (place) {
      libraries.setProps(place.id, { title: String(Date.now()) });
    });
  }

  function soon() {
    AGAIN_MS.forEach((pause) => window.setTimeout(look, pause));
  }

  window.addEventListener("focus", soon);
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  document.addEventListener("click", function (event) {
    if (dom.closest(event, ".models-tabs [role=tab]")) look();
  });
});
