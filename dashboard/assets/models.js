/* The Models & data page: cells of the grid, changes to its lines, the buttons above it, the address. */
(function () {
  "use strict";

  const GRID = "models-grid";

  function grid() {
    try {
      const api = window.dash_ag_grid.getApi(GRID);
      return api && !api.isDestroyed() ? api : null;
    } catch {
      return null; // another page, or the grid is still being made
    }
  }

  function whenReady(action, tries) {
    const api = grid();
    if (api) action(api);
    else if (document.getElementById(GRID) && (tries || 0) < 40) {
      window.setTimeout(() => whenReady(action, (tries || 0) + 1), 50);
    }
  }

  /* ---- cells ---- */

  const make = (...args) => window.React.createElement(...args);
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  functions.modelTagOrder = (one, other) => (one || []).join(" ").localeCompare((other || []).join(" "));

  cells.ModelStar = function (props) {
    const on = props.data.starred;
    function press(event) {
      event.stopPropagation();
      window.dash_clientside.set_props("models-star", {
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
  };

  cells.ModelLink = function (props) {
    if (!props.data.href) return make("span", null, props.value);
    function go(event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      window.dash_clientside.set_props("location", { href: props.data.href });
    }
    return make("a", { href: props.data.href, className: "model-link", onClick: go }, props.value);
  };

  cells.ModelTags = function (props) {
    const tags = (props.value || []).map((tag) => make("span", { className: "model-tag", key: tag }, tag));
    return make("div", { className: "model-tags" }, tags);
  };

  cells.ModelState = function (props) {
    return make("span", { className: "model-state " + props.data.tone }, props.value);
  };

  /* ---- the grid's lines ---- */

  function change(changes) {
    if (!changes) return;
    whenReady(function (api) {
      const add = [];
      const update = [];
      changes.upsert.forEach((row) => (api.getRowNode(row.id) ? update : add).push(row));
      const gone = changes.remove.map((id) => api.getRowNode(id)).filter(Boolean);
      const ticked = gone.some((node) => node.isSelected());
      api.applyTransaction({ add: add, update: update, remove: gone.map((node) => node.data) });
      /* or they would be ticked again when they come back */
      if (ticked) window.dash_clientside.set_props(GRID, { selectedRows: api.getSelectedRows() });
      const nodes = update.map((row) => api.getRowNode(row.id)).filter(Boolean);
      if (nodes.length) api.refreshCells({ rowNodes: nodes, force: true });
    });
  }

  /* Buttons act on what is ticked, so nothing may stay ticked that the search hides. */
  function search(text) {
    whenReady(function (api) {
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
    window.dash_clientside.set_props("models-count", { children: part + counted.text });
  }

  function count(data) {
    counted = data;
    if (!data) return;
    whenReady(function (api) {
      recount(api);
      if (watched.has(api)) return;
      watched.add(api);
      api.addEventListener("modelUpdated", () => recount(api));
    });
  }

  function enable(ticked, show) {
    const api = grid();
    const count = ((api ? api.getSelectedRows() : ticked) || []).length;
    const style = (shown) => (shown ? {} : { display: "none" });
    const deleted = show === "deleted";
    const archived = show === "archived";
    return [
      !count || deleted,
      style(!archived && !deleted), !count,
      style(archived), !count,
      style(!deleted), !count,
      style(deleted), !count,
    ];
  }

  /* The lines that are shown, in their order, for the file. */
  function listed(presses) {
    const api = grid();
    if (!presses || !api) return window.dash_clientside.no_update;
    const ids = [];
    api.forEachNodeAfterFilterAndSort((node) => ids.push(node.id));
    return { ids: ids, at: Date.now() };
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
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    models: { change, search, count, enable, listed, remember, nameUpload },
  });
})();
