/* Which names a regular expression finds: asked of a worker, which is ended if it takes too long. */
cnc.define("layersFilter", [], function () {
  "use strict";

  const LONGEST_MS = 1000;
  const CODE =
    "let names = [];" +
    "onmessage = ({ data }) => {" +
    "  if (data.names) { names = data.names; return; }" +
    "  const find = new RegExp(data.pattern, data.flags);" +
    "  const found = new Uint8Array(names.length);" +
    "  for (let each = 0; each < names.length; each += 1) if (find.test(names[each])) found[each] = 1;" +
    "  postMessage({ number: data.number, found }, [found.buffer]);" +
    "};";

  /* Layer rules are written as Python does; the few differences that matter for names. */
  function translated(pattern) {
    const leading = /^\(\?([ims]+)\)/.exec(pattern);
    const source = (leading ? pattern.slice(leading[0].length) : pattern)
      .replace(/\(\?P</g, "(?<").replace(/\(\?P=(\w+)\)/g, "\\k<$1>").replace(/\\A/g, "^").replace(/\\Z/g, "$");
    return { source, flags: leading ? leading[1] : "" };
  }

  function create() {
    let worker = null;
    let names = [];
    let number = 0;
    let timer = null;

    function begin() {
      if (worker) worker.terminate();
      worker = new Worker(URL.createObjectURL(new Blob([CODE], { type: "text/javascript" })));
      worker.postMessage({ names }, []);
    }

    function over(all) {
      names = all;
      if (worker) worker.postMessage({ names }, []);
      else begin();
    }

    /* done(found, problem): flags per name, null for all; a problem leaves the last result as it is. */
    function find(pattern, done) {
      number += 1;
      const asked = number;
      window.clearTimeout(timer);
      if (!pattern) return done(null, "");
      const { source, flags } = translated(pattern);
      try {
        RegExp(source, flags);
      } catch (wrong) {
      const error = /** @type {Error} */ (wrong);
        return done(undefined, "No regular expression: " + String(error.message).replace(/^Invalid regular expression: /, ""));
      }
      timer = window.setTimeout(function () {
        begin();
        done(undefined, "This expression takes longer than 1 s; avoid repeats within repeats, such as (a+)+.");
      }, LONGEST_MS);
      worker.onmessage = function ({ data }) {
        if (data.number !== asked) return;
        window.clearTimeout(timer);
        done(data.found, "");
      };
      worker.postMessage({ pattern: source, flags, number: asked }, []);
      return undefined;
    }

    return { over, find };
  }

  return { create, translated };
});
