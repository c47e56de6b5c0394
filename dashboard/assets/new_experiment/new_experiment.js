/* The New experiment drawer: wait for a pause in typing before asking for the preview; Ctrl+Enter queues. */
cnc.define("newExperiment", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  const PAUSE_MS = 50;
  const SETTLE_MS = 60; // inputs hand their last value over a moment after it was typed
  let timer = null;

  /* Techniques whose name has all the words, by family; below them those whose summary helps to match. */
  function found(state) {
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const within = (text) => words.every((word) => text.toLowerCase().includes(word));
    const named = (option) => within(option.named);
    const described = (option) => !named(option) && within(option.named + " " + option.words);
    const groups = state.options.map((group) => Object.assign({}, group, { items: group.items.filter(named) }));
    const rest = state.options.flatMap((group) => group.items.filter(described));
    const others = words.length ? [{ group: "Found in descriptions", items: rest }] : [];
    return groups.concat(others).filter((group) => group.items.length);
  }

  /* The values that an input holds, as texts: keys of choices are JSON, what is typed is separated by commas. */
  function several(value) {
    if (Array.isArray(value)) return value.map((key) => String(plain(key)));
    return String(value ?? "").split(",").map((part) => part.trim());
  }

  function plain(key) {
    try {
      return JSON.parse(key);
    } catch {
      return key;
    }
  }

  function techniqueOption({ option: technique }) {
    const make = libraries.element;
    return make("div", { className: "technique-option" }, [
      make("div", { key: "label" }, technique.label),
      make("div", { key: "about", className: "technique-about" }, technique.about),
    ]);
  }

  cnc.mantineFunctions({
    techniquesFound: found,
    techniqueOption: techniqueOption,
  });

  cnc.callbacks("newExperiment", {
    touched: function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(function () {
        libraries.setProps("new-experiment-touched", { data: Date.now() });
      }, PAUSE_MS);
    },
    /* Parameters that have no effect beside the values of others are not asked for. */
    follow: function (values, usedWith, ids) {
      const held = {};
      ids.forEach((id, place) => (held[id.name] = several(values[place])));
      const counts = (name) =>
        Object.entries((usedWith || {})[name] || {}).every(
          ([other, wanted]) => !held[other] || !held[other].length || wanted.map(String).some((value) => held[other].includes(value))
        );
      return ids.map((id) => (counts(id.name) ? {} : { display: "none" }));
    },
    /* Workers that come and go concern an open drawer that lacks some. */
    workersNoticed: function (workers, opened, notice) {
      const awaits = opened && notice && notice.length !== 0;
      return awaits ? workers : libraries.unchanged();
    },
    /* Which combinations are made: all, a sample, a list or a search. */
    selectionShown: function (kind) {
      return ["sample", "list", "search"].map((one) => (one === kind ? {} : { display: "none" }));
    },
    /* What was chosen is chosen: the list would stay open over the recipe. */
    chosen: function () {
      const field = dom.focused();
      if (!field || field.id !== "new-experiment-bases" || !field.dataset.expanded) return;
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", code: "Escape", bubbles: true }));
    },
  });

  /* Every press on a button of the editor is numbered: the answer to one may come after the next is made. */
  const MOST_PRESSES = 50;
  let presses = [];
  let pressed = 0;
  document.addEventListener("click", function (event) {
    const button = dom.closest(event, 'button[id*="new-experiment-edit"]');
    if (!button || button.disabled) return;
    const { edit, uid } = JSON.parse(button.id);
    pressed += 1;
    presses = presses.concat([{ number: pressed, edit: edit, uid: uid }]).slice(-MOST_PRESSES);
    libraries.setProps("new-experiment-presses", { data: presses });
  });

  /* From the count of entries that cannot be used to the first of them, also within folded rules. */
  document.addEventListener("click", function (event) {
    if (!dom.closest(event, ".plan-first-problem")) return;
    const wrong = document.querySelector(".new-experiment-fields [aria-invalid=true], .new-experiment-fields [data-error]");
    if (!wrong) return;
    const folded = wrong.closest("details:not([open])");
    if (folded) folded.querySelector("summary").click();
    const field = wrong.matches("input, textarea") ? wrong : wrong.querySelector("input, textarea") || wrong;
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });

  /* Escape closes the recipe library, not the drawer below it. */
  window.addEventListener(
    "keydown",
    function (event) {
      if (event.key !== "Escape") return;
      const open = Array.from(document.querySelectorAll(".library")).find((one) => one.getClientRects().length > 0);
      if (!open) return;
      event.stopImmediatePropagation();
      const keeping = open.classList.contains("library-keep");
      libraries.setProps(keeping ? "new-experiment-keeping" : "new-experiment-taking", { opened: false });
      document.getElementById(keeping ? "new-experiment-keep" : "new-experiment-library").focus();
    },
    true
  );

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const button = /** @type {HTMLButtonElement} */ (document.getElementById("new-experiment-submit"));
    const open = button && button.offsetParent !== null;
    if (open && !button.disabled) {
      event.preventDefault();
      if (dom.focused()) dom.focused().blur();
      window.setTimeout(() => button.click(), SETTLE_MS);
    }
  });
});
