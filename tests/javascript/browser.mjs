/* Runs files of dashboard/assets outside a browser, with as much of `window` as modules touch when they are made. */
import { readFileSync } from "node:fs";
import vm from "node:vm";

const ASSETS = new URL("../../dashboard/assets/", import.meta.url);

/* Returns `cnc` and the `window` that the files saw. `told` collects what they gave to Dash: [id, properties]. */
export function load(...files) {
  const listeners = new Map();
  const told = [];
  const place = { addEventListener: (name, listener) => listeners.set(name, listener), setTimeout, clearTimeout };
  const document = { ...place, getElementById: (id) => ({ id }), documentElement: {} };
  const window = {
    ...place,
    document,
    dash_clientside: { no_update: Symbol("no update"), set_props: (id, props) => told.push([id, props]) },
    dash_cytoscape: { Cytoscape: { defaultProps: { wheelSensitivity: 1 } } },
    requestAnimationFrame: (action) => setTimeout(action),
    location: new URL("http://localhost/"),
  };
  const context = vm.createContext({ window, document, console, URL, URLSearchParams, Element: EventTarget, HTMLElement: EventTarget });
  for (const file of ["modules.js", ...files]) {
    vm.runInContext(readFileSync(new URL(file, ASSETS), "utf8"), context, { filename: file });
  }
  return { cnc: context.cnc, window, listeners, told };
}
