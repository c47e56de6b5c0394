/* Star and archive buttons: what they ask for goes to the server through Stores. */
(function () {
  "use strict";

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-star],[data-archive]");
    if (!button) return;
    const { star, archive } = button.dataset;
    const ids = (star || archive).split(".").map(Number);
    window.dash_clientside.set_props(star ? "overview-starred" : "overview-archived", {
      data: { ids: ids, at: Date.now() },
    });
  });
})();
