/* The Undo button of notifications: tells the server what to take back, and closes the notification. */
cnc.define("undo", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  document.addEventListener("click", function (event) {
    const button = dom.closest(event, "[data-undo]");
    if (!button || button.disabled) return;
    button.disabled = true;
    const asked = JSON.parse(button.getAttribute("data-undo"));
    libraries.setProps("undo", { data: Object.assign({ at: Date.now() }, asked) });
    const note = button.closest(".mantine-Notification-root");
    const close = note && note.querySelector(".mantine-Notification-closeButton");
    if (close) close.click();
  });
});
