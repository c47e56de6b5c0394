/* The Undo button of notifications: tells the server what to take back, and closes the notification. */
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("[data-undo]");
    if (!button || button.disabled) return;
    button.disabled = true;
    const asked = JSON.parse(button.getAttribute("data-undo"));
    window.dash_clientside.set_props("undo", { data: Object.assign({ at: Date.now() }, asked) });
    const note = button.closest(".mantine-Notification-root");
    const close = note && note.querySelector(".mantine-Notification-closeButton");
    if (close) close.click();
  });
})();
