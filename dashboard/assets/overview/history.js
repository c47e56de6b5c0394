/* Back and Forward: one entry per act of a person. What runs change in the meantime belongs to the present entry. */
cnc.define("history", ["libraries", "selection"], function (libraries, selection) {
  "use strict";

  const MERGED_MS = 1500; // letters typed and steps of a slider within this time are one act
  const SETTLED_MS = 1500; // after which a restored state is what its parts have made of it
  const CONTROLS = {
    colour: "colour",
    size: "size",
    x: "x",
    y: "y",
    logs: "logs",
    layout: "arrangement",
    plot: "plot",
    axes: "axes",
    tab: "tab",
    everything: "everything",
  };
  let acts = 0;
  let last = { acts: 0, at: 0, changed: "", state: null };
  let page = null; // the map of the page that `last` is of: whoever returns to the Overview meets another
  let restoring = null;

  for (const kind of ["pointerdown", "keydown", "input"]) {
    window.addEventListener(kind, () => (acts += 1), true);
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function changes(state) {
    return Object.keys(state).filter((name) => !last.state || !same(state[name], last.state[name]));
  }

  /* Whether what changed is something that a person did just now, and not the next letter of the same word. */
  function isAct(changed, state) {
    const first = !last.state || last.state.project !== state.project;
    if (first || acts === last.acts || !changed.length) return false;
    return changed.join() !== last.changed || performance.now() - last.at > MERGED_MS;
  }

  /* The controls of a page that opens say what they show one by one; none of that is an act. */
  function opened() {
    const map = document.getElementById("overview-map");
    if (map === page) return;
    page = map;
    restoring = null;
    last = { acts: acts, at: 0, changed: "", state: null };
  }

  function keep(state, address) {
    opened();
    if (restoring && !settled(state)) return;
    const changed = changes(state);
    const entry = Object.assign({}, window.history.state, { overview: state });
    if (isAct(changed, state)) window.history.pushState(entry, "", address);
    else if (changed.length) window.history.replaceState(entry, "", address);
    if (changed.length) last = { acts: acts, at: performance.now(), changed: changed.join(), state: state };
  }

  /* While a state is restored, its parts arrive one by one; none of that is an act. */
  function settled(state) {
    const done = same(state, restoring.state) || acts !== restoring.acts || performance.now() > restoring.until;
    if (done) restoring = null;
    return done;
  }

  function restore(state) {
    const set = (id, props) => libraries.setProps("overview-" + id, props);
    const before = last.state;
    page = document.getElementById("overview-map");
    restoring = { state: state, acts: acts, until: performance.now() + SETTLED_MS };
    last = { acts: acts, at: performance.now(), changed: "", state: state };
    for (const [name, id] of Object.entries(CONTROLS)) {
      if (!before || !same(before[name], state[name])) set(id, { value: state[name] });
    }
    if (before && before.filter !== state.filter) {
      set("filter", { data: state.filter });
      set("filter-fields", { data: [state.filter] });
    }
    if (before && !same(before.table, state.table)) set("table-state", { data: state.table });
    selection.set((state.selection || []).map(String), "");
  }

  window.addEventListener("popstate", (event) => {
    const state = event.state && event.state.overview;
    const here = last.state && document.getElementById("overview-map");
    if (state && here && state.project === last.state.project) restore(state);
  });

  /* The same page with another state behind the #, as of a link: browsers do not load that by themselves. */
  window.addEventListener("hashchange", () => {
    if (window.history.state && window.history.state.overview) return;
    if (document.getElementById("overview-map") && window.location.hash.includes("=")) window.location.reload();
  });

  return { keep: keep };
});
