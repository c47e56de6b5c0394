/* The one global name of the browser code. A module says by name what it needs and is made once all of that is
   there, in whatever order the files arrive; what it returns stands in `cnc` under its own name. Modules that need each
   other in a circle read `cnc` inside their functions. `cnc.d.ts` has the types. `shell/boot.py` puts this file into the
   head of the page, before all others. */
globalThis.cnc = (function () {
  "use strict";

  /** @type {any} */
  const registry = { define, callbacks, gridFunctions, gridCells, mantineFunctions };
  let waiting = [];

  function isReady(module) {
    return module.needs.every((need) => need in registry);
  }

  function define(name, needs, make) {
    if (name in registry || waiting.some((one) => one.name === name)) throw new Error(`Two modules are named ${name}.`);
    waiting.push({ name: name, needs: needs, make: make });
    for (let next = waiting.find(isReady); next; next = waiting.find(isReady)) {
      const module = next;
      waiting = waiting.filter((one) => one !== module);
      registry[module.name] = module.make(...module.needs.map((need) => registry[need]));
    }
  }

  /* Functions for Dash's client-side callbacks of a namespace. */
  function callbacks(namespace, functions) {
    const all = (window.dash_clientside = window.dash_clientside || {});
    all[namespace] = Object.assign(all[namespace] || {}, functions);
  }

  /* Functions that column definitions of grids name. */
  function gridFunctions(functions) {
    window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, functions);
  }

  /* React components that cells of grids are drawn with. */
  function gridCells(cells) {
    window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, cells);
  }

  /* Functions that Mantine components name. */
  function mantineFunctions(functions) {
    window.dashMantineFunctions = Object.assign(window.dashMantineFunctions || {}, functions);
  }

  window.addEventListener("load", function () {
    for (const { name, needs } of waiting) {
      const missing = needs.filter((need) => !(need in registry));
      console.error(`The browser module ${name} lacks ${missing.join(", ")}.`);
    }
  });

  return registry;
})();
