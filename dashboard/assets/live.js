/* Asks the server what changed: one request per poll for all parts that the page shows. A page that nobody sees
   asks nothing; when it is looked at again, or when a person did something, it asks at once. */
cnc.define("live", ["libraries"], function (libraries) {
  "use strict";

  const ADDRESS = "/live";
  const LONGEST = 6000; // characters of a question that servers and proxies take in an address
  const BUSY_MS = 1500;
  const IDLE_MS = 12000; // with some room, so that no ten seconds ever see two questions
  const LATE_MS = 30000; // after which an answer is no longer waited for
  const PATIENCE = 8; // polls after which a part whose root never came is given up
  const parts = new Map(); // name to { params, root, draw, mark, value }
  let busy = true;
  let failures = 0;
  let timer = null;
  let request = null;
  let fresh = false;
  let complaint = "";
  const SILENT = "The server does not answer. What is shown may be old; this page tries again by itself.";

  /* Applies a delta of `dashboard/live/difference.py`; what did not change stays the same object. */
  function applied(value, delta) {
    const next = Object.assign({}, value, delta.set);
    for (const [name, inner] of Object.entries(delta.in || {})) next[name] = applied(value[name], inner);
    for (const name of delta.gone || []) delete next[name];
    return next;
  }

  /* `root`: id of the element without which nobody sees the part; `draw` gets the document whenever it changed. */
  function want(name, params, root, draw) {
    const known = parts.get(name);
    const key = JSON.stringify(params);
    if (known && known.key === key && known.root === root) return;
    parts.set(name, { params: params, key: key, root: root, draw: draw, mark: "", value: null, patience: PATIENCE });
    soon();
  }

  function drop(name) {
    parts.delete(name);
  }

  /* A page that was left and opened again shows at once what it had. */
  function again(name) {
    const part = parts.get(name);
    if (part && part.mark) window.setTimeout(() => show(part));
  }

  /* Whether the part's place on the page is there, or is still to come. */
  function isShown(part) {
    if (isThere(part)) part.patience = 0;
    else if (part.patience-- < 1) return false;
    return true;
  }

  function isThere(part) {
    return !part.root || document.getElementById(part.root) !== null;
  }

  function isLeft(part) {
    return part.patience === 0 && !isThere(part);
  }

  function question() {
    const asked = {};
    for (const [name, part] of parts) {
      if (!isShown(part)) parts.delete(name);
      else asked[name] = part.mark ? Object.assign({ since: part.mark }, part.params) : part.params;
    }
    return JSON.stringify(fresh ? { parts: asked, fresh: true } : { parts: asked });
  }

  /* What one turn of the page asks for goes into one request. */
  function soon() {
    schedule(0);
  }

  function schedule(ms) {
    window.clearTimeout(timer);
    timer = document.hidden ? null : window.setTimeout(poll, ms);
  }

  function send(text, signal) {
    const cache = text.includes('"since":') ? "no-store" : "no-cache"; // only whole documents are worth keeping
    const options = /** @type {RequestInit} */ ({ signal: signal, cache: cache, headers: { Accept: "application/json" } });
    const written = encodeURIComponent(text);
    if (written.length <= LONGEST) return fetch(ADDRESS + "?q=" + written, options);
    return fetch(ADDRESS, Object.assign({ method: "POST", body: text }, options));
  }

  async function poll() {
    if (request) request.abort();
    const asked = new Map(parts);
    const text = question();
    const mine = (request = new AbortController());
    const late = window.setTimeout(() => mine.abort(), LATE_MS);
    let told = null;
    try {
      const answer = await send(text, mine.signal);
      if (answer.ok) told = (await answer.json()).parts;
    } catch {
      told = null; // no answer: the server is away, or another request took this one's place
    }
    window.clearTimeout(late);
    if (mine !== request) return;
    request = null;
    failures = told ? 0 : failures + 1;
    if (told) fresh = false;
    away(failures > 1 ? SILENT : troubled(told));
    const pause = busy ? BUSY_MS : IDLE_MS;
    schedule(failures ? Math.min(IDLE_MS, pause * failures) : pause);
    // What is drawn may ask for more at once.
    for (const [name, part] of Object.entries(told || {})) take(parts.get(name), asked.get(name), part);
  }

  /* Answers to what is no longer asked, or whose page was left, are dropped. What cannot be applied is asked for
     as a whole. */
  function take(part, asked, told) {
    if (!part || part !== asked || isLeft(part)) return;
    if (told.error) return complain(told.error);
    part.value = told.full || applied(part.value, told.delta);
    part.mark = told.mark;
    show(part);
  }

  function show(part) {
    try {
      if (!isLeft(part)) part.draw(part.value);
    } catch (error) {
      part.mark = "";
      window.reportError(error); // the other parts go on
    }
  }

  /* Gives a component new properties, unless its page was left. */
  function put(id, props) {
    if (libraries.isKnown(id)) libraries.setProps(id, props);
  }

  /* Report a failure once, not with every poll. */
  function complain(error) {
    const text = error.title + error.message;
    if (text !== complaint) libraries.setProps("notifications", { sendNotifications: [error] });
    complaint = text;
  }

  /* Why nothing new can be shown of any page; empty if nothing is wrong, null if that is not known. */
  function troubled(told) {
    if (!told || !told.shell) return told && "";
    return told.shell.error ? told.shell.error.title + " " + told.shell.error.message : "";
  }

  function away(text) {
    const line = document.getElementById("shell-away");
    if (!line || text === null || line.textContent === text) return;
    line.textContent = text;
    line.hidden = text === "";
    if (!text) complaint = "";
  }

  function refresh() {
    fresh = true;
    soon();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden && request) request.abort();
    if (document.hidden) request = null;
    schedule(0);
  });

  /* ---- the shell's part: the badge of the queue, projects, workers, the revision of the project ---- */

  const told = {};

  function spread(shell) {
    const before = busy;
    busy = shell.badge !== "";
    if (busy && !before) schedule(BUSY_MS);
    if (told.badge && before && !busy) {
      // The last that was done may not be in what others keep up to date; then the page goes to rest.
      fresh = true;
      schedule(BUSY_MS);
    }
    const places = {
      badge: ["queue-badge", "children"],
      projects: ["shell-known-projects", "data"],
      workers: ["shell-live-workers", "data"],
      project: ["shell-revision", "data"],
      beginning: ["shell-beginning", "children"],
      broker: ["shell-broker", "children"],
    };
    for (const [name, [id, property]] of Object.entries(places)) {
      const text = JSON.stringify(shell[name]);
      if (text === told[name]) continue;
      told[name] = text;
      if (text === JSON.stringify(libraries.value(id, property))) continue; // the page came with it
      put(id, { [property]: shell[name] });
    }
  }

  cnc.callbacks("live", {
    watch: function (project) {
      want("shell", { project: project || "" }, null, spread);
    },
    refresh: refresh,
  });

  return { want: want, drop: drop, put: put, again: again, refresh: refresh, part: (name) => parts.get(name), applied: applied };
});
