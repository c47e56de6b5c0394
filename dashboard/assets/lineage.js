/* Cells with a model and what it was made from: each name gives up its words before its values. */
cnc.define("lineage", ["libraries"], function (libraries) {
  "use strict";

  const THEN = " \u203a ";
  const make = libraries.element;

  /* "magnitude pruning 0.5" differs from its siblings by "0.5", which is therefore kept longest. */
  function parted(name) {
    const at = name.search(/(^|\s)\S*\d/);
    return at < 0 ? [name, ""] : [name.slice(0, at), name.slice(at)];
  }

  function words(name) {
    const [text, values] = parted(name);
    return [
      text ? make("span", { className: "lineage-words", key: "words" }, text) : null,
      values ? make("span", { className: "lineage-values", key: "values" }, values) : null,
    ];
  }

  /* Steps from the base to the model, which is the last of them. */
  function step(name, index, steps) {
    const before = index ? make("span", { className: "lineage-after", key: "after" }, THEN) : null;
    const last = index === steps.length - 1;
    return make("span", { className: last ? "lineage-part" : "lineage-part run-note", key: index }, before, words(name));
  }

  cnc.gridCells({
    Lineage: (props) => make("div", { className: "lineage" }, props.data.lineage.map(step)),
    ShortLineage: (props) => make("div", { className: "lineage" }, props.value.split(THEN).map(step)),
  });
});
