/* Controls that change something, which dashboard/access/menu.py names: a double click on a button counts once,
   and for roles that may not change anything they are off, with the reason. The server refuses the same. */
cnc.define("access", ["libraries"], function (libraries) {
  "use strict";

  const KINDS = ["click", "mousedown", "pointerdown", "keydown", "change", "input", "submit", "drop"];
  let changing = "";
  let selector = "";
  let why = "";

  function mark() {
    if (!selector) return;
    document.querySelectorAll(selector).forEach(function (control) {
      if (!(control instanceof HTMLElement) || control.dataset.refused) return;
      control.dataset.refused = "yes";
      control.setAttribute("aria-disabled", "true");
      control.title = why;
      if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) control.readOnly = true;
    });
  }

  function stop(event) {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    if (!selector || !(event.target instanceof Element) || !event.target.closest(selector)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /* `detail` counts the clicks that follow each other quickly at one place. */
  function once(event) {
    const button = event.detail > 1 && event.target instanceof Element && event.target.closest("button");
    if (!button || !changing || !button.closest(changing)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  document.addEventListener("click", once, true);
  KINDS.forEach((kind) => document.addEventListener(kind, stop, true));
  new MutationObserver(mark).observe(document.documentElement, { childList: true, subtree: true });

  function restrict(role) {
    if (role) {
      document.body.dataset.role = role.role;
      document.body.dataset.share = role.share ? "yes" : "no";
      changing = role.changing.join(", ");
      selector = role.refused ? changing : "";
      why = role.why;
      mark();
    }
    return libraries.unchanged();
  }

  function copy(link) {
    if (link && navigator.clipboard) navigator.clipboard.writeText(link).catch(function () {});
    return libraries.unchanged();
  }

  cnc.callbacks("access", { restrict: restrict, copy: copy });
});
