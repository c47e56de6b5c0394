/* What the browser code asks of the page itself. */
cnc.define("dom", [], function () {
  "use strict";

  /* The element around the target of an event that a selector names, or null. */
  function closest(event, selector) {
    return event.target instanceof Element ? event.target.closest(selector) : null;
  }

  /* The target of an event, if it is an element of the page and not, say, the document. */
  function target(event) {
    return event.target instanceof HTMLElement ? event.target : null;
  }

  /* The element with the keyboard, or null. */
  function focused() {
    return document.activeElement instanceof HTMLElement ? document.activeElement : null;
  }

  return { closest, target, focused };
});
