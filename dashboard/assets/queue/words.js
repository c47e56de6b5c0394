/* How the Queue's grid writes durations, times, progress and models. */
cnc.define("runWords", [], function () {
  "use strict";

  const LENGTHS = [86400, 3600, 60, 1]; // seconds
  const UNITS = ["d", "h", "min", "s"];
  const none = "\u2014";

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

  cnc.gridFunctions({
    queueDuration: duration,
    queueSeconds: seconds,
    queueClock: clock,
    queueProgressText: progressText,
    queueModelText: modelText,
  });

  return { duration, seconds, clock, progressText, modelText };
});
