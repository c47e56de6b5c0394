/* Ticked rows of the tree become a recipe in the drawer. */
cnc.define("layersChosen", ["libraries", "layersTable", "layersWords"], function (libraries, table, words) {
  "use strict";

  const ACTS = [
    ["exclude", "Exclude these", "Repeat the model's last step without the ticked modules"],
    ["bits", "These at 8 bits", "Store the weights of the ticked modules in 8 bits"],
    ["restore", "Restore these from the base", "Take the weights of the ticked modules from the base"],
  ];

  function show(tab, act) {
    const { element } = table;
    const { ticked } = tab.view;
    tab.chosen.hidden = !ticked.size;
    if (!ticked.size) return;
    const before = tab.chosen.querySelector("select");
    const model = element("select", "layers-figure-choice");
    model.setAttribute("aria-label", "Model that the recipe starts from");
    tab.model.told.columns.forEach(function (column) {
      const option = element("option", "", words.called(column));
      option.value = column.id;
      model.append(option);
    });
    model.value = before ? before.value : String((tab.model.told.columns[1] || tab.model.told.columns[0]).id);
    const buttons = ACTS.map(function ([name, text, title]) {
      const button = element("button", "layers-act", text);
      Object.assign(button, { type: "button", title });
      button.addEventListener("click", () => libraries.setProps("compare-layers-wanted", {
        data: { act: name, model: Number(model.value), names: Array.from(ticked, (node) => tab.model.names[node]), at: Date.now() },
      }));
      return button;
    });
    const none = element("button", "layers-act", "Untick all");
    none.type = "button";
    none.addEventListener("click", function () {
      ticked.clear();
      act.ticked();
    });
    tab.chosen.replaceChildren(element("span", "", ticked.size + " ticked, new experiment with"), model, ...buttons, none);
  }

  return { show };
});
