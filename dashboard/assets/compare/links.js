/* Links of the Compare page that were made for another address than the present one: a click that comes before the
   page has followed the click before it changes the present address, not the one of before. */
cnc.define("instanceLinks", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  const CONDITIONS = "chips";
  const LISTS = [CONDITIONS, "columns"]; // of which a link adds or removes one
  const OF_PAGE = ["page", "instance"]; // what other conditions make void

  function read(search) {
    return Object.fromEntries(new URLSearchParams(search));
  }

  function drawn(element) {
    const part = element.closest("[data-drawn]");
    return part && new URL(part.dataset.drawn, window.location.origin);
  }

  function same(one, other) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return Array.from(names).every((name) => one[name] === other[name]);
  }

  /* Whether what is drawn at an element is not yet what the address asks for. */
  function late(element) {
    const made = drawn(element);
    return Boolean(made) && (read(made.search).instance || "") !== (read(window.location.search).instance || "");
  }

  function items(text) {
    return (text || "").split(",").filter(Boolean);
  }

  /* The present state with what a link changes of the state that it was made for. */
  function rebased(made, wanted, now) {
    const next = Object.assign({}, now);
    new Set([...Object.keys(made), ...Object.keys(wanted)]).forEach(function (name) {
      if (wanted[name] === made[name]) return;
      if (LISTS.includes(name)) {
        const [before, after] = [items(made[name]), items(wanted[name])];
        const kept = items(now[name]).filter((one) => after.includes(one) || !before.includes(one));
        next[name] = kept.concat(after.filter((one) => !before.includes(one) && !kept.includes(one))).join(",");
        if (name === CONDITIONS) OF_PAGE.filter((part) => !(part in wanted)).forEach((part) => delete next[part]);
      } else next[name] = wanted[name];
      if (!next[name]) delete next[name];
    });
    return next;
  }

  document.addEventListener(
    "click",
    function (event) {
      const link = dom.closest(event, ".compare-page [data-drawn] a[href]");
      if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const [made, wanted] = [drawn(link), new URL(link.href)];
      const here = window.location;
      if (wanted.pathname !== here.pathname || made.hash || wanted.hash || here.hash) return;
      const [before, after, now] = [read(made.search), read(wanted.search), read(here.search)];
      if (same(before, now)) return;
      event.preventDefault();
      event.stopPropagation();
      const query = new URLSearchParams(rebased(before, after, now)).toString();
      libraries.go(here.pathname + (query ? "?" + query : ""));
    },
    true
  );

  return { late, rebased };
});
