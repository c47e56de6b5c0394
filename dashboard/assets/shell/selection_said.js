/* Says to screen readers what is selected, wherever it was selected. */
cnc.define("selectionSaid", ["selection", "folds"], function (selection, folds) {
  "use strict";

  const MOST_NAMED = 3;
  const PAUSE_MS = 250; // while a box is drawn the selection changes many times

  let timer = null;

  function region() {
    let place = document.getElementById("selection-said");
    if (!place) {
      place = document.createElement("div");
      place.id = "selection-said";
      place.className = "unseen";
      place.setAttribute("role", "status");
      document.body.append(place);
    }
    return place;
  }

  function name(id) {
    const node = folds && folds.state.byId.get(id);
    return node ? node.tip.name : null;
  }

  function text(ids) {
    if (!ids.size) return "Nothing selected";
    const named = Array.from(ids).slice(0, MOST_NAMED).map(name).filter(Boolean);
    const more = ids.size > named.length ? " and " + (ids.size - named.length) + " more" : "";
    const count = ids.size === 1 ? "1 model selected: " : ids.size + " models selected: ";
    return count + named.join(", ") + more;
  }

  /* An address selects before the models are there to be named. */
  function say(ids) {
    const known = folds && folds.state.byId.size;
    if (ids.size && !known) timer = window.setTimeout(() => say(ids), PAUSE_MS);
    else region().textContent = text(ids);
  }

  selection.views.said = {
    select: function (ids) {
      region();
      window.clearTimeout(timer);
      timer = window.setTimeout(() => say(ids), PAUSE_MS);
    },
  };
});
