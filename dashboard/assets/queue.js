/* The Queue page: cells of the grid, changes to its lines, the address, the panel and its log. */
cnc.define("queue", ["dom", "libraries", "live"], function (dom, libraries, live) {
  "use strict";

  const GRID = "queue-grid";
  const FINAL = ["succeeded", "failed", "cancelled", "skipped", "lost"];
  const MOST_LOG = 1000000;
  const BESIDE_PANEL = ["priority", "queued", "experiment"]; // columns that leave first
  const WHERE_NARROW = ["attempt", "started", "worker"]; // and those that leave narrow screens too
  const [SMALL_PX, NARROW_PX, WIDE_PX] = [1400, 1600, 1900];
  const LENGTHS = [86400, 3600, 60, 1]; // seconds
  const UNITS = ["d", "h", "min", "s"];
  const none = "\u2014";
  let cut = false; // there may be more runs that match than are listed
  let chosen = {}; // words that a line's fields may have; none: any

  /* ---- words ---- */

  function duration(elapsed) {
    if (elapsed === null || elapsed === undefined) return none;
    if (elapsed < 10) return Math.max(elapsed, 0).toFixed(1) + " s";
    const whole = Math.round(elapsed);
    const large = LENGTHS.findIndex((length) => whole >= length);
    if (large < 0 || LENGTHS[large] === 1) return whole + " s";
    const rest = Math.floor((whole % LENGTHS[large]) / LENGTHS[large + 1]);
    const tail = rest ? " " + rest + " " + UNITS[large + 1] : "";
    return Math.floor(whole / LENGTHS[large]) + " " + UNITS[large] + tail;
  }

  function seconds(row) {
    if (!row || row.started === null) return null;
    if (row.status === "waiting" || row.status === "queued") return null;
    return ((row.finished || Date.now()) - row.started) / 1000;
  }

  function clock(value) {
    if (!value) return none;
    const then = new Date(value);
    const today = then.toDateString() === new Date().toDateString();
    return today ? then.toLocaleTimeString("en-GB") : then.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  }

  function progressText(row) {
    if (!row) return "";
    if (row.status !== "running") return row.note;
    const left = row.left ? " \u00b7 " + row.left : "";
    return Math.round(row.progress * 100) + " %" + left + (row.message ? " \u00b7 " + row.message : "");
  }

  function modelText(row) {
    const named = row.origin ? row.origin + " \u203a " + row.model : row.model;
    return row.lineage === row.model ? named : row.lineage + " \u00b7 " + named;
  }

  /* ---- cells ---- */

  const make = libraries.element;

  function QueueStatus(props) {
    return make("span", { className: "run-status " + props.data.status }, props.data.status_label);
  }

  function QueueProgress(props) {
    const row = props.data;
    const text = progressText(row);
    if (row.status !== "running") {
      return make("span", { className: row.status === "failed" || row.status === "lost" ? "run-failure" : "run-note" }, text);
    }
    const percent = Math.round(row.progress * 100);
    return make(
      "div",
      { className: "run-progress" },
      make(
        "div",
        { className: "run-bar", role: "progressbar", "aria-label": "Progress of " + row.model, "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 },
        make("div", { style: { width: percent + "%" } })
      ),
      make("span", { className: "run-note" }, text)
    );
  }

  /* ---- the grid's lines ---- */

  function change(changes) {
    if (!changes) return;
    libraries.whenGrid(GRID, function (api) {
      const add = [];
      const update = [];
      changes.upsert.forEach((row) => (api.getRowNode(row.id) ? update : add).push(row));
      const remove = changes.remove.filter((id) => api.getRowNode(id)).map((id) => ({ id: id }));
      const every = meansEvery(api);
      api.applyTransaction({ add: add, update: update, remove: remove });
      if (every) add.forEach((row) => api.getRowNode(row.id).setSelected(true));
      /* a line's note and message are no columns of their own */
      const nodes = update.map((row) => api.getRowNode(row.id)).filter(Boolean);
      if (nodes.length) api.refreshCells({ rowNodes: nodes, columns: ["progress", "order", "duration"], force: true });
    });
  }

  function age(_ticks, _mark, run) {
    const api = libraries.grid(GRID);
    if (!api || api.isDestroyed()) return;
    fit(api, run);
    const running = [];
    api.forEachNode((node) => {
      if (node.data && !FINAL.includes(node.data.status)) running.push(node);
    });
    if (running.length) api.refreshCells({ rowNodes: running, columns: ["duration"] });
  }

  /* What was chosen counts at once for every line, also for those that were asked for before it was chosen. */
  function limit(statuses, kinds, project, experiment, projects) {
    const there = (projects || []).some((one) => one.value === project);
    const next = { status: statuses || [], kind_key: kinds || [], slug: there ? [project] : [], experiment_id: experiment ? [experiment] : [] };
    if (JSON.stringify(next) === JSON.stringify(chosen)) return;
    chosen = next;
    libraries.whenGrid(GRID, (api) => api.onFilterChanged());
  }

  function passes(row) {
    return Object.entries(chosen).every(([name, wanted]) => !row || !wanted.length || wanted.includes(row[name]));
  }


  function search(text) {
    libraries.whenGrid(GRID, (api) => api.setGridOption("quickFilterText", text || ""));
  }

  /* Buttons act on what is ticked, so nothing may stay ticked that another filter hides. */
  function untick() {
    const api = libraries.grid(GRID);
    if (api && !api.isDestroyed()) api.deselectAll();
  }

  /* All lines are ticked of a list that leaves some out: all runs that match are meant. */
  function meansEvery(api) {
    const ticked = api.getSelectedRows().length;
    return cut && ticked > 0 && ticked >= api.getDisplayedRowCount();
  }

  function enable(selected, _changes, told, text) {
    const api = libraries.grid(GRID);
    const there = api && !api.isDestroyed();
    const rows = (there ? api.getSelectedRows() : selected) || [];
    cut = Boolean(told && told.short) && !text;
    if (there && meansEvery(api)) return [false, false, false, "Cancel all", "Retry all", true];
    const active = rows.filter((row) => !FINAL.includes(row.status)).length;
    const retriable = rows.filter((row) => FINAL.includes(row.status) && row.status !== "succeeded").length;
    const named = (word, count) => (count > 1 ? word + " " + count : word);
    return [!active, !retriable, !active, named("Cancel", active), named("Retry", retriable), false];
  }

  /* ---- address ---- */

  function remember(statuses, kinds, project, experiment, text, run, listing) {
    if (!/\/queue\/?$/.test(window.location.pathname)) return;
    const state = new URLSearchParams();
    const set = (name, value) => value && state.set(name, value);
    set("status", (statuses || []).join(","));
    set("kind", (kinds || []).join(","));
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

  /* ---- panel ---- */

  function open(clicked, _closed, present) {
    const trigger = (libraries.context().triggered[0] || {}).prop_id || "";
    if (trigger.startsWith("queue-panel-close")) return null;
    if (!clicked || !clicked.rowId || String(clicked.colId).startsWith("ag-Grid-Selection")) {
      return libraries.unchanged();
    }
    return clicked.rowId === present ? libraries.unchanged() : clicked.rowId;
  }

  function mark(run) {
    let style = document.getElementById("queue-open-row");
    if (!style) {
      style = document.createElement("style");
      style.id = "queue-open-row";
      document.head.append(style);
    }
    const row = /^\d+$/.test(run || "") ? '.run-grid .ag-row[row-id="' + run + '"]' : "";
    style.textContent = row ? row + " { box-shadow: inset 3px 0 var(--accent); background: var(--accent-soft); }" : "";
  }

  let byKey = false; // the panel was opened without a mouse, so the next Tab has to be in it
  let shown = null;

  function panel(run) {
    mark(run);
    libraries.whenGrid(GRID, function (api) {
      fit(api, run);
      if (!run) comeBack(api);
    });
    if (run && byKey) window.setTimeout(() => document.getElementById("queue-panel-close").focus());
    byKey = false;
    if (run) shown = run;
    return !run;
  }

  /* Whoever closes the panel from within is back at its line. */
  function comeBack(api) {
    const lost = document.activeElement === document.body || document.activeElement.closest("#queue-panel");
    const node = shown && lost && api.getRowNode(shown);
    if (node && node.rowIndex !== null) api.setFocusedCell(node.rowIndex, "model");
    shown = null;
  }

  function openElsewhere() {
    const parts = document.querySelectorAll("[role=dialog],[role=menu],[role=listbox]");
    return Array.from(parts).some((part) => part.getClientRects().length > 0);
  }

  /* Names and what is going on need their room; the panel tells everything else. */
  function fit(api, run) {
    const wide = window.innerWidth >= WIDE_PX;
    show(api, BESIDE_PANEL, wide || (!run && window.innerWidth >= SMALL_PX));
    show(api, WHERE_NARROW, wide || (!run && window.innerWidth >= NARROW_PX));
    const projects = new Set();
    api.forEachNode((node) => projects.add(node.data && node.data.project));
    show(api, ["project"], projects.size > 1 && (!run || wide));
  }

  function show(api, columns, visible) {
    const column = api.getColumn(columns[0]);
    if (column && column.isVisible() !== visible) api.setColumnsVisible(columns, visible);
  }

  /* The server sends the end of the log; what was there before stays above it. */
  let read = { run: null, lines: {} };
  function log(told) {
    const place = document.getElementById("queue-log");
    if (!told) live.again("queue-log");
    if (!told || !place) return;
    follow(place);
    const fresh = told.run !== read.run;
    read = { run: told.run, lines: Object.assign(fresh ? {} : read.lines, told.lines) };
    let text = Object.values(read.lines).join("");
    if (text.length > MOST_LOG) text = text.slice(text.indexOf("\n", text.length - MOST_LOG) + 1);
    if (text === place.textContent && !fresh) return;
    place.textContent = text;
    place.classList.toggle("empty", text === "");
    if (fresh) place.dataset.followed = "yes";
    toEnd(place);
  }

  /* ---- what the server is asked for ---- */

  const same = libraries.unchanged;
  const store = (id, data) => live.put(id, { data: data });

  function ask(statuses, kinds, project, experiment, run, listing, scheme) {
    const experiments = experiment ? [experiment] : [];
    const wanted = { statuses: statuses || [], kinds: kinds || [], project: project || "", experiments: experiments };
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

  function toEnd(place) {
    place.dataset.high = String(place.clientHeight);
    if (place.dataset.followed === "yes") place.scrollTop = place.scrollHeight;
  }

  /* The end stays in sight until somebody scrolls away from it, also when the facts above it grow. */
  function follow(place) {
    if (place.dataset.followed) return;
    place.dataset.followed = "yes";
    place.addEventListener("scroll", function () {
      if (place.dataset.high !== String(place.clientHeight)) return; // the facts above it grew, nobody scrolled
      const below = place.scrollHeight - place.scrollTop - place.clientHeight;
      place.dataset.followed = below < 30 ? "yes" : "no";
    });
    new ResizeObserver(() => toEnd(place)).observe(place);
  }

  /* Looked at on the way down: what Escape closes is gone from the page on the way up. */
  window.addEventListener(
    "keydown",
    function (event) {
      const place = document.getElementById("queue-panel");
      if (event.key !== "Escape" || !place || place.hidden || openElsewhere()) return;
      libraries.setProps("queue-open", { data: null });
    },
    true
  );

  document.addEventListener("keydown", function (event) {
    const cell = dom.closest(event, "#" + GRID + " .ag-cell");
    const row = cell && cell.closest("[row-id]");
    if (event.key === "Enter" && row) {
      byKey = true;
      libraries.setProps("queue-open", { data: row.getAttribute("row-id") });
    }
  });

  cnc.gridCells({ QueueStatus, QueueProgress });
  cnc.gridFunctions({
    queueDuration: duration,
    queueSeconds: seconds,
    queueClock: clock,
    queueProgressText: progressText,
    queueModelText: modelText,
    queuePasses: passes,
    queueLimited: () => Object.values(chosen).some((wanted) => wanted.length > 0),
  });
  cnc.callbacks("queue", { ask, spread, spreadExperiments, spreadExperiment, spreadRun, change, age, limit, search, untick, enable, remember, open, panel, log });
});
