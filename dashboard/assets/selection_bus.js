/* The selection bus: one selection and one hovered model, shared by map, plot, table and server.

   Views call `set` and `hover`; the bus tells every view at once, and the server once that is painted, through
   one Store. Nothing here waits for the server. Ids are strings in the browser and numbers in the Store. */
cnc.define("selection", ["libraries"], function (libraries) {
  "use strict";

  const STORE = "overview-selection";
  const views = {};
  let selected = new Set();
  let hidden = new Set();
  let hovered = null;
  let parted = null; // what left the selection because it was hidden, and what was left of it
  let telling = false;
  let told = []; // what the Store was given and has not passed on yet

  function same(ids) {
    return ids.length === selected.size && ids.every((id) => selected.has(id));
  }

  function set(ids, origin) {
    const wanted = Array.from(new Set(ids)).sort((a, b) => a - b);
    const next = wanted.filter((id) => !hidden.has(id));
    // Whoever asked for models that the filter hides shows them as selected and has to learn better.
    if (next.length < wanted.length) origin = "";
    if (same(next) && next.length === wanted.length) return;
    selected = new Set(next);
    for (const [name, view] of Object.entries(views)) {
      if (name !== origin && view.select) view.select(selected);
    }
    if (origin !== "store") tell();
  }

  /* Dash looks at the whole page whenever a Store changes; what people see comes first. */
  function tell() {
    if (telling) return;
    telling = true;
    window.requestAnimationFrame(() => window.setTimeout(hand));
    window.setTimeout(hand, 100); // a page in the background paints nothing
  }

  function hand() {
    if (!telling) return;
    telling = false;
    if (!document.getElementById("overview-map")) return; // people have gone to another page
    const ids = Array.from(selected, Number);
    told.push(String(ids));
    libraries.setProps(STORE, { data: ids });
  }

  /* Models that the filter or the archive keeps out: they fade and leave the selection. Once they are back, so is
     what was selected of them, unless people have selected something else meanwhile. */
  function hide(ids) {
    hidden = new Set(ids);
    for (const view of Object.values(views)) {
      if (view.hide) view.hide(hidden);
    }
    const before = Array.from(selected);
    const kept = parted && same(parted.rest) ? parted.gone : [];
    const gone = before.concat(kept).filter((id) => hidden.has(id));
    set(before.concat(kept), "");
    parted = gone.length ? { gone: gone, rest: Array.from(selected) } : null;
  }

  function toggle(id, additive, origin) {
    if (!additive) return set([id], origin);
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    set(Array.from(next), origin);
  }

  function hover(id, place) {
    if (id === hovered && !place) return;
    hovered = id;
    for (const view of Object.values(views)) {
      if (view.hover) view.hover(id, place || null);
    }
  }


  cnc.callbacks("overview", {
    /* What the Store passes on is mostly what it was given here, perhaps a while ago. */
    adopt: function (ids) {
      const known = told.indexOf(String(ids || []));
      if (known >= 0) told = told.slice(known + 1);
      else set((ids || []).map(String), "store");
      return libraries.unchanged();
    },
  });

  return {
    views: views,
    set: set,
    toggle: toggle,
    hide: hide,
    hidden: () => hidden,
    hover: hover,
    selected: () => selected,
    hovered: () => hovered,
  };
});
