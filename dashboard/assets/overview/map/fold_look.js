/* How a fold looks: its count, the range of its values, and a strip with the colours of all its models. */
cnc.define("foldLook", ["folds"], function (folds) {
  "use strict";

  const STRIPES = 12;

  function look(item, missing) {
    const models = folds.within(item.members);
    const shares = models.filter((node) => node.share !== undefined).sort((a, b) => a.share - b.share);
    const failed = models.filter((node) => node.failed).length;
    return {
      count: models.length,
      label: label(item, models.length, failed),
      icon: strip(shares, missing),
      failed: failed > 0,
      tip: tip(item, models, shares),
    };
  }

  function label(item, count, failed) {
    const first = item.members[0].label;
    const last = item.members[item.members.length - 1].label;
    const alike = item.members.every((node) => node.column === item.members[0].column);
    const range = !alike || !first || first === last ? "" : between(first, last);
    return [count + (count === 1 ? " model" : " models"), failed ? failed + " failed" : "", range].filter(Boolean).join(" \u00b7 ");
  }

  /* From one label to another: what both have is said once, and seeds only where nothing else tells them apart. */
  function between(first, last) {
    const [from, to] = [first.split(", "), last.split(", ")];
    if (from.length !== to.length) return first + " \u2026 " + last;
    const seed = (text) => /^seed \d+$/.test(text);
    const places = from.map((_, at) => at);
    const told = places.some((at) => from[at] !== to[at] && !seed(from[at]));
    const kept = places.filter((at) => !seed(from[at]) || (from[at] !== to[at] && !told));
    const named = kept.map((at) => from[at]).join(", ");
    const ends = kept.filter((at) => from[at] !== to[at]).map((at) => to[at].replace(/^seed /, ""));
    return named + " \u2026 " + ends.join(", ");
  }

  /* Equal shares of the models from worst to best, so that the strip shows their distribution. */
  function strip(shares, missing) {
    const colours = [];
    for (let place = 0; place < STRIPES && shares.length; place++) {
      colours.push(shares[Math.round((place / (STRIPES - 1)) * (shares.length - 1))].fill || missing);
    }
    const parts = colours.map((fill, place) => '<rect x="' + place + '" width="1.05" height="4" fill="' + fill + '"/>');
    const open = '<svg xmlns="http://www.w3.org/2000/svg" width="38" height="12" viewBox="0 0 12 4" preserveAspectRatio="none">';
    return "data:image/svg+xml;utf8," + encodeURIComponent(open + parts.join("") + "</svg>");
  }

  function tip(item, models, shares) {
    const scene = folds.state.scene;
    const best = shares[shares.length - 1];
    const rows = shares.length
      ? [[scene.metric + ", worst", shares[0].value, "", ""], [scene.metric + ", best", best.value, "", ""]]
      : [];
    const kinds = new Set(item.members.map((node) => scene.columns[node.column].label));
    return {
      name: models.length === 1 ? "1 model" : models.length + " models",
      operation: Array.from(kinds).join(", ") + (models.length > item.members.length ? " and what was made of them" : ""),
      state: "click opens, Shift+click selects them",
      rows: rows,
      against: "",
    };
  }

  return look;
});
