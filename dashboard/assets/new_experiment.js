/* The New experiment drawer: wait for a pause in typing before asking for the preview; Ctrl+Enter queues. */
(function () {
  "use strict";

  const PAUSE_MS = 300;
  const SETTLE_MS = 60; // inputs hand their last value over a moment after it was typed
  let timer = null;

  /* Techniques whose name or summary has all the words; people know them by other names, too. */
  function found(state) {
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (option) => words.every((word) => option.words.toLowerCase().includes(word));
    const groups = state.options.map((group) => Object.assign({}, group, { items: group.items.filter(fits) }));
    return groups.filter((group) => group.items.length);
  }

  window.dashMantineFunctions = Object.assign(window.dashMantineFunctions || {}, { techniquesFound: found });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    newExperiment: {
      touched: function () {
        window.clearTimeout(timer);
        timer = window.setTimeout(function () {
          window.dash_clientside.set_props("new-experiment-touched", { data: Date.now() });
        }, PAUSE_MS);
      },
      /* What was chosen is chosen: the list would stay open over the recipe. */
      chosen: function () {
        const field = document.activeElement;
        if (!field || field.id !== "new-experiment-bases" || !field.dataset.expanded) return;
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", code: "Escape", bubbles: true }));
      },
    },
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const button = document.getElementById("new-experiment-submit");
    const open = button && button.offsetParent !== null;
    if (open && !button.disabled) {
      event.preventDefault();
      document.activeElement.blur();
      window.setTimeout(() => button.click(), SETTLE_MS);
    }
  });
})();
