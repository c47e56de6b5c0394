/* A cell with a model and what it was made from: each name gives up its words before its values. */
(function () {
  "use strict";

  const make = (...args) => window.React.createElement(...args);
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  /* "magnitude pruning 0.5" is told apart from its siblings by "0.5", which is therefore kept longest. */
  function parted(name) {
    const at = name.search(/\s\S*\d/);
    return at < 0 ? [name, ""] : [name.slice(0, at), name.slice(at)];
  }

  function part(name, index) {
    const [words, values] = parted(name);
    return make(
      "span",
      { className: index ? "lineage-part run-note" : "lineage-part", key: index },
      index ? make("span", { className: "lineage-after" }, " \u2039 ") : null,
      make("span", { className: "lineage-words" }, words),
      values ? make("span", { className: "lineage-values" }, values) : null
    );
  }

  cells.Lineage = (props) => make("div", { className: "lineage" }, props.data.lineage.map(part));
})();
