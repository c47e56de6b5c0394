/* Figures of layers as text. */
cnc.define("layersWords", [], function () {
  "use strict";

  const NONE = "\u2013";
  const RELATIONS = ["", "removed", "added", "reshaped", "replaced", "factors", "moved"];
  /** @type {[number, string][]} */
  const PREFIXES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

  function significant(value) {
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace("-", "\u2212").replace("+", "");
    const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
    return value.toFixed(Math.min(digits, 5)).replace(/^-/, "\u2212");
  }

  function prefixed(value, unit) {
    const found = PREFIXES.find(([size]) => Math.abs(value) >= size);
    if (!found) return Math.round(value * 10) / 10 + (unit ? " " + unit : "");
    return significant(value / found[0]) + " " + found[1] + unit;
  }

  /* A value without its unit where the heading of the column has it. */
  function written(value, figure, withUnit) {
    if (value === null || value === undefined || value !== value) return NONE;
    if (typeof value === "string" && !value.endsWith("Infinity")) return value || NONE;
    const number = Number(value);
    const unit = withUnit && figure.unit ? " " + figure.unit : "";
    if (!Number.isFinite(number)) return figure.unit === "dB" && number > 0 ? "unchanged" : number > 0 ? "\u221e" + unit : "\u2212\u221e" + unit;
    if (figure.shape === "share") return (number * 100).toFixed(1) + " %";
    if (figure.shape === "bytes") return prefixed(number, "B");
    if (figure.shape === "count") return number < 1e5 ? Math.round(number).toLocaleString("en-US") + unit : prefixed(number, withUnit ? figure.unit : "");
    return significant(number) + unit;
  }

  /* What a cell shows: its value, or what became of the module. */
  function cell(model, column, node, withUnit) {
    const texts = model.told.texts;
    if (texts) return texts[column][node] || (model.relation[column][node] ? RELATIONS[model.relation[column][node]] : NONE);
    const values = model.values[column];
    const value = values ? values[node] : NaN;
    if (value === value) return written(value, model.figure, withUnit);
    return RELATIONS[model.relation[column][node]] || NONE;
  }

  /* A change, the ends of its interval, and what is drawn with it as a ring: NaN where not known. */
  function measured(model, column, node) {
    const at = (values) => (values && values[column] ? values[column][node] : NaN);
    const ends = model.ends && model.ends[column];
    const two = ends ? ends.map((end) => end[node]) : [NaN, NaN];
    const pair = [at(model.values), at(model.second)];
    return model.figure.key === "estimate" ? [pair[1], NaN, NaN, pair[0]] : [pair[0], ...two, pair[1]];
  }

  function change(model, column, node) {
    const [value, low, high, estimate] = measured(model, column, node);
    const { figure } = model;
    const told = [model.names[node] + ", " + model.told.columns[column].name];
    const known = Number.isFinite;
    if (known(value)) told.push("measured " + written(value, figure, true) + (known(low) ? " (" + written(low, figure, false) + " to " + written(high, figure, false) + ", 95 %)" : ""));
    if (known(estimate)) told.push("estimated " + written(estimate, figure, true));
    return told.join("; ");
  }

  /* The name of a column: with the id of its model, if there is one. */
  function called(column) {
    return column.candidate ? column.name : column.name + " (" + column.id + ")";
  }

  function said(figure) {
    const unit = figure.unit ? " [" + figure.unit + "]" : "";
    return figure.label + unit + ": " + figure.about + ". " + figure.better.charAt(0).toUpperCase() + figure.better.slice(1) + ". A module with others inside shows: " + figure.inside + ". Source: " + figure.source + ".";
  }

  return { written, cell, measured, change, called, said, significant, RELATIONS, NONE };
});
