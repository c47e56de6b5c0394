/* The log of the run in the Queue's panel. */
cnc.define("queueLog", ["live"], function (live) {
  "use strict";

  const MOST_LOG = 1000000; // characters that are kept

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

  cnc.callbacks("queue", { log });
});
