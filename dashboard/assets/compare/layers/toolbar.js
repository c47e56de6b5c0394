/* What is above the table of modules: search, shape of the rows, figure, and the caption. */
cnc.define("layersToolbar", ["layersTable"], function (table) {
  "use strict";

  const TYPING_MS = 60;

  /* Search, shape of the rows and figure above the table; act: what the page does when they change. */
  function create(frame, act) {
    const { element } = table;
    const bar = element("div", "layers-bar");
    const search = element("input", "layers-search");
    Object.assign(search, { type: "search", placeholder: "Regular expression, e.g. conv\\d|norm", maxLength: 300, spellcheck: false });
    search.setAttribute("aria-label", "Modules whose names match");
    search.setAttribute("aria-describedby", "layers-problem");
    let timer = null;
    let typing = false;
    search.addEventListener("input", function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(function () {
        act.filter(search.value, typing);
        typing = true;
      }, TYPING_MS);
    });
    search.addEventListener("change", () => (typing = false));
    const shape = element("div", "compare-switches");
    shape.setAttribute("role", "group");
    shape.setAttribute("aria-label", "Rows");
    ["Nested", "Flat"].forEach(function (text) {
      const button = element("button", "compare-switch", text);
      button.type = "button";
      button.addEventListener("click", () => act.shape(text === "Flat"));
      shape.append(button);
    });
    const figure = element("select", "layers-figure-choice");
    figure.setAttribute("aria-label", "Figure in the cells");
    figure.addEventListener("change", () => act.figure(figure.value));
    const count = element("span", "layers-dim");
    count.setAttribute("role", "status");
    const problem = element("div", "layers-problem");
    problem.id = "layers-problem";
    problem.setAttribute("role", "alert");
    problem.hidden = true;
    const about = element("p", "compare-caption layers-about");
    const chosen = element("div", "layers-bar layers-chosen");
    chosen.hidden = true;
    bar.append(figure, shape, search, count);
    frame.append(bar, problem, chosen, about);
    return { search, shape, figure, count, problem, chosen, about };
  }

  /* Buttons that save the card as a picture, see `pictures.js`; what they need is in their attributes. */
  function saving(name) {
    const { element } = table;
    const box = element("div", "compare-pictures");
    box.dataset.name = name;
    for (const kind of ["svg", "png"]) {
      const button = element("button", "", kind.toUpperCase());
      button.type = "button";
      button.dataset.kind = kind;
      button.setAttribute("aria-label", "Save " + name.replace("-", " ") + " as " + kind.toUpperCase());
      box.append(button);
    }
    return box;
  }

  function switched(shape, flat) {
    Array.from(shape.children).forEach(function (button, place) {
      const current = flat === (place === 1);
      button.classList.toggle("current", current);
      button.setAttribute("aria-pressed", String(current));
    });
  }

  function caption(model) {
    if (model.told.drawing === "shares") return " Bars: zeros in both (grey), only here (blue), only in the baseline (orange).";
    if (model.told.drawing === "histogram" && model.told.mode === "weights") return " Drawings: histogram over the baseline's range, bars at the ends outside it (orange); strong: changed by more than 10 %; height: square root of the count.";
    if (model.told.drawing === "histogram") return " Drawings: histogram of the outputs over the baseline's range, bars at the ends outside it (orange); height: square root of the count.";
    if (model.told.drawing === "change") return " Bars: measured, all on one scale" + (model.ends ? ", with the 95 % interval" : "") + (model.second ? "; rings: estimated" : "") + ".";
    return model.told.drawing === "bar" ? " Bars: against the largest of the rows of the same level." : "";
  }

  return { create, saving, switched, caption };
});
