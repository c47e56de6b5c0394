/* Roles that the component library puts on the wrong element, or not at all.

   The wrapper around the button of a menu or popover carries the state of it, which only the button may have;
   a menu holds a focusable placeholder, which is no entry. Both are mended as they appear and change. */
cnc.define("roles", [], function () {
  "use strict";

  const STATES = ["aria-haspopup", "aria-expanded", "aria-controls"];
  const WRAPPER = "div[aria-haspopup][id$='-target']";
  const PLACEHOLDER = "[role=menu] > div[data-autofocus][tabindex]";

  function handOver(wrapper) {
    const button = wrapper.querySelector("button");
    if (!button) return;
    STATES.filter((name) => wrapper.hasAttribute(name)).forEach(function (name) {
      button.setAttribute(name, wrapper.getAttribute(name));
      wrapper.removeAttribute(name);
    });
  }

  function mend(root) {
    root.querySelectorAll(WRAPPER).forEach(handOver);
    root.querySelectorAll(PLACEHOLDER).forEach(function (placeholder) {
      placeholder.removeAttribute("tabindex");
      placeholder.removeAttribute("data-autofocus");
    });
  }

  /* The library writes the state anew whenever it changes. */
  function changed(record) {
    const element = record.target;
    if (element.tagName !== "DIV" || !element.hasAttribute("aria-expanded") || !element.id.endsWith("-target")) return;
    if (!element.hasAttribute("aria-haspopup")) element.setAttribute("aria-haspopup", "true");
    handOver(element);
  }

  new MutationObserver(function (records) {
    const grown = new Set();
    records.forEach(function (record) {
      if (record.type === "attributes") changed(record);
      else record.addedNodes.forEach((node) => node.nodeType === 1 && grown.add(node.parentElement || node));
    });
    grown.forEach(mend);
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["aria-expanded"],
  });
});
