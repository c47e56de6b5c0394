/* What the Queue page asks the server for, where the answers go, and the address. */
cnc.define("queueAsking", ["libraries", "live"], function (libraries, live) {
  "use strict";

  const GRID = "queue-grid";

  const same = libraries.unchanged;
  const store = (id, data) => live.put(id, { data: data });

  function ask(statuses, kinds, project, experiment, hidden, batch, run, listing, scheme) {
    const experiments = experiment ? [experiment] : [];
    const wanted = { statuses: statuses || [], kinds: kinds || [], project: project || "", experiments: experiments, hidden: hidden || [], batch: batch || [] };
    const into = (id) => (told) => store(id, told);
    if (experiment) live.want("queue-experiment", { experiments: experiments }, GRID, into("queue-live-experiment"));
    else live.drop("queue-experiment");
    if (listing === "experiments") live.want("queue-experiments", { project: project || "" }, GRID, into("queue-live-experiments"));
    else live.drop("queue-experiments");
    live.want("queue", wanted, GRID, lines());
    if (run) {
      live.want("queue-run", { run: run, scheme: scheme || "light" }, GRID, (told) => store("queue-live-run", told));
      live.want("queue-log", { run: run }, GRID, (told) => store("queue-live-log", { run: run, lines: told.lines }));
    } else ["queue-run", "queue-log"].forEach(live.drop);
    return same();
  }

  /* Lines that did not change are the same objects as before. */
  function lines() {
    let before = null;
    let shownIn = null; // a page that was opened again has another grid
    return function (told) {
      const rows = told.rows;
      const api = libraries.grid(GRID);
      if (before === null || !api || api !== shownIn) live.put(GRID, { rowData: Object.values(rows) });
      else if (rows !== before) {
        const upsert = Object.keys(rows).filter((id) => rows[id] !== before[id]).map((id) => rows[id]);
        store("queue-changes", { upsert: upsert, remove: Object.keys(before).filter((id) => !(id in rows)) });
      }
      [before, shownIn] = [rows, api];
      store("queue-live", told);
    };
  }

  function spread(told, counted) {
    if (told) return [told.short, told.projects, told.summary, told.banner, told.workers, told.nothing, counted.map((one) => told.counts[one.status])];
    live.again("queue"); // the page was opened just now
    return [...Array(6).fill(same()), counted.map(same)];
  }

  function spreadExperiments(told, listing) {
    if (!told) live.again("queue-experiments");
    const [on, off] = [{}, { display: "none" }];
    const list = told ? told.list : same();
    return listing === "experiments" ? [list, on, off] : [list, off, on];
  }

  function spreadExperiment(told, experiment) {
    if (!told) live.again("queue-experiment");
    if (!experiment) return [];
    return told && told.of === experiment ? told.bar : same();
  }

  function spreadRun(told) {
    if (!told) live.again("queue-run");
    if (!told) return [same(), same(), same()];
    return [told.body, ...[told.cancel, told.retry].map((offered) => (offered ? {} : { display: "none" }))];
  }

  function remember(statuses, kinds, project, experiment, hidden, _batch, text, run, listing) {
    if (!/\/queue\/?$/.test(window.location.pathname)) return;
    const state = new URLSearchParams();
    const set = (name, value) => value && state.set(name, value);
    set("status", (statuses || []).join(","));
    set("kind", (kinds || []).join(","));
    set("hide", (hidden || []).join(","));
    const here = window.location.pathname.match(/^\/p\/([^/]+)\//);
    const own = here ? decodeURIComponent(here[1]) : "";
    if ((project || "") !== own) state.set("of", project || ""); // an address of a project means that one
    set("experiment", experiment);
    set("text", text);
    if (listing !== "runs") set("show", listing);
    set("run", run);
    const query = state.toString().replace(/%2C/g, ",");
    window.history.replaceState(window.history.state, "", window.location.pathname + (query ? "?" + query : ""));
  }

  cnc.callbacks("queue", { ask, spread, spreadExperiments, spreadExperiment, spreadRun, remember });
});
