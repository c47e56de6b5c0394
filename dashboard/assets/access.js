/* What the role does not allow: controls that change something are off, with the reason, and do nothing.
   The server refuses the same; see dashboard/access/menu.py. */
(function () {
  "use strict";

  let selector = "";
  let why = "";

  function refused(target) {
    return selector && target instanceof Element ? target.closest(selector) : null;
  }

  function mark() {
    if (!selector) return;
    for (const control of document.querySelectorAll(selector)) {
      if (control.dataset.refused) continue;
      control.dataset.refused = "yes";
      control.setAttribute("aria-disabled", "true");
      control.title = why;
    }
  }

  function stop(event) {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    if (!refused(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  for (const kind of ["click", "mousedown", "pointerdown", "keydown", "change", "input", "submit", "drop"]) {
    document.addEventListener(kind, stop, true);
  }
  new MutationObserver(mark).observe(document.documentElement, { childList: true, subtree: true });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    access: {
      restrict: function (role) {
        if (!role) return window.dash_clientside.no_update;
        document.body.dataset.role = role.role;
        document.body.dataset.share = role.share ? "yes" : "no";
        selector = role.changing.join(", ");
        why = role.why;
        mark();
        return window.dash_clientside.no_update;
      },
      copy: function (link) {
        if (link && navigator.clipboard) navigator.clipboard.writeText(link).catch(function () {});
        return window.dash_clientside.no_update;
      },
    },
  });
})();
