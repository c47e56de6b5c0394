/* The recipe library: a press on what it lists goes into the Store that the button names. */
cnc.define("recipeLibrary", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  document.addEventListener("click", function (event) {
    const button = /** @type {HTMLButtonElement | null} */ (dom.closest(event, "[data-press]"));
    if (!button || button.disabled) return;
    const { store, ...what } = JSON.parse(button.dataset.press);
    libraries.setProps(store, { data: Object.assign({ at: Date.now() }, what) });
  });
});
