/* The Models & data page: cells of the grid, changes to its lines, the buttons above it, the address. */
cnc.define("models", ["libraries"], function (libraries) {
  "use strict";

  const GRID = "models-grid";

  /* ---- cells ---- */

  const make = libraries.element;

  function ModelStar(props) {
    const on = props.data.starred;
    function press(event) {
      event.stopPropagation();
      libraries.setProps("models-star", {
        data: { id: props.data.id, starred: !on, at: Date.now() },
      });
    }
    return make(
      "button",
      {
        type: "button",
        className: on ? "star on" : "star",
        "aria-pressed": on,
        "aria-label": (on ? "Unstar " : "Star ") + props.data.name,
        disabled: props.data.tone === "deleted",
        onClick: press,
      },
      on ? "\u2605" : "\u2606"
    );
  }

  function ModelLink(props) {
    if (!props.data.href) return make("span", null, props.value);
    function go(event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      libraries.setProps("location", { href: props.data.href });
    }
    return make("a", { href: props.data.href, className: "model-link", onClick: go }, props.value);
  }

  function ModelTags(props) {
    const tags = (props.value || []).map((tag) => make("span", { className: "model-tag", key: tag }, tag));
    return make("div", { className: "model-tags" }, tags);
  }

  function ModelState(props) {
    return make("span", { className: "model-state " + props.data.tone }, props.value);
  }

  /* ---- the grid's lines ---- */

  function change(changes) {
    if (!changes) return;
    libraries.whenGrid(GRID, function (api) {
      const add = [];
      const update = [];
      changes.upsert.forEach((row) => (api.getRowNode(row.id) ? update : add).push(row));
      const gone = changes.remove.map((id) => api.getRowNode(id)).filter(Boolean);
      const ticked = gone.some((node) => node.isSelected());
      api.applyTransaction({ add: add, update: update, remove: gone.map((node) => node.data) });
      /* or they would be ticked again when they come back */
      if (ticked) libraries.setProps(GRID, { selectedRows: api.getSelectedRows() });
      const nodes = update.map((row) => api.getRowNode(row.id)).filter(Boolean);
      if (nodes.length) api.refreshCells({ rowNodes: nodes, force: true });
    });
  }

  /* Buttons act on what is ticked, so nothing may stay ticked that the search hides. */
  function search(text) {
    libraries.whenGrid(GRID, function (api) {
      api.setGridOption("quickFilterText", text || "");
      const hidden = api.getSelectedNodes().filter((node) => node.displayed === false);
      if (hidden.length) api.setNodesSelected({ nodes: hidden, newValue: false });
    });
  }

  /* ---- the count above the lines: said when they are drawn, of those that the search leaves ---- */

  const watched = new WeakSet();
  let counted = null;

  function recount(api) {
    let total = 0;
    api.forEachNode(() => (total += 1));
    if (!counted || total !== counted.total) return; // the lines are still on their way
    const left = api.getDisplayedRowCount();
    const part = left === total ? "" : left.toLocaleString("en") + " of ";
    libraries.setProps("models-count", { children: part + counted.text });
  }

  function count(data) {
    counted = data;
    if (!data) return;
    libraries.whenGrid(GRID, function (api) {
      recount(api);
      if (watched.has(api)) return;
      watched.add(api);
      api.addEventListener("modelUpdated", () => recount(api));
    });
  }

  function enable(ticked, listing) {
    const api = libraries.grid(GRID);
    const ticks = ((api ? api.getSelectedRows() : ticked) || []).length;
    const style = (shown) => (shown ? {} : { display: "none" });
    const deleted = listing === "deleted";
    const archived = listing === "archived";
    return [
      !ticks || deleted,
      style(!archived && !deleted), !ticks,
      style(archived), !ticks,
      style(!deleted), !ticks,
      style(deleted), !ticks,
    ];
  }

  /* The lines that are shown, in their order, for the file. */
  function listed() {
    const api = libraries.grid(GRID);
    const [trigger] = libraries.context().triggered;
    if (!trigger || !trigger.value || !api) return libraries.unchanged();
    const ids = [];
    api.forEachNodeAfterFilterAndSort((node) => ids.push(node.id));
    return { ids: ids, button: trigger.prop_id.split(".")[0], at: Date.now() };
  }

  /* ---- address ---- */

  function remember(tab, show, text) {
    if (!/\/models\/?$/.test(window.location.pathname)) return;
    const state = new URLSearchParams();
    if (tab && tab !== "models") state.set("tab", tab);
    if (show && show !== "present") state.set("show", show);
    if (text) state.set("text", text);
    const query = state.toString();
    window.history.replaceState(window.history.state, "", window.location.pathname + (query ? "?" + query : ""));
  }

  /* The library gives the input of an upload no name. */
  function nameUpload(identity, tries) {
    const input = document.querySelector("#" + identity + " input[type=file]");
    if (input) input.setAttribute("aria-label", "File of the study");
    else if ((tries || 0) < 40) window.setTimeout(() => nameUpload(identity, (tries || 0) + 1), 50);
    return libraries.unchanged();
  }

  cnc.gridCells({ ModelStar, ModelLink, ModelTags, ModelState });
  cnc.gridFunctions({
    modelTagOrder: (one, other) => (one || []).join(" ").localeCompare((other || []).join(" ")),
  });
  cnc.callbacks("models", { change, search, count, enable, listed, remember, nameUpload });
});
