/* The part of the address that the Layers tab changes by itself, without waiting for the server. */
cnc.define("layersAddress", [], function () {
  "use strict";

  const FOLLOW_MS = 200; // after the last change, so that typing and sorting are painted first
  let waiting = null;

  function read() {
    const query = new URLSearchParams(window.location.search);
    const at = (name) => query.get(name) || "";
    return { flat: at("flat") === "1", pattern: at("pattern"), sort: at("sorted"), module: at("module") };
  }

  /* Dash reads the address again; what it is asked for then are links and controls of other parts of the page. */
  function announce(after) {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")), after);
  }

  /* Write parts of the address at once; replaced where going back one step would be of no use.
     now: the server has to answer, as what is asked for is not here. */
  function write(parts, replace, now) {
    const query = new URLSearchParams(window.location.search);
    Object.entries(parts).forEach(([name, value]) => (value ? query.set(name, value) : query.delete(name)));
    const text = query.toString();
    const href = window.location.pathname + (text ? "?" + text : "");
    if (href === window.location.pathname + window.location.search) return;
    window.history[replace ? "replaceState" : "pushState"]({}, "", href);
    announce(now ? 0 : FOLLOW_MS);
  }

  /* What the server is asked for: the address without what the browser changes by itself. */
  function asked(what, mark, more) {
    const query = new URLSearchParams(window.location.search);
    ["flat", "pattern", "sorted", "module"].forEach((name) => query.delete(name));
    query.set("mark", mark);
    Object.entries(more).forEach(([name, value]) => query.set(name, value));
    const project = window.location.pathname.split("/")[2];
    return fetch("/layers/" + project + "/" + what + "?" + query.toString()).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)));
  }

  return { read, write, asked };
});
