/* The filter in the browser: what does not pass fades on the map and cannot be selected anywhere. */
(function () {
  "use strict";

  const bus = window.overviewBus;
  let attached = null;

  /* Styles of single elements, because the stylesheet belongs to Dash and is replaced now and then. */
  function fadeOne(element) {
    const id = element.isNode() ? element.id() : element.target().id();
    const on = bus.hidden().has(id);
    if (on === Boolean(element.scratch("faded"))) return;
    element.scratch("faded", on);
    if (on) element.style({ opacity: 0.14, events: "no" });
    else element.removeStyle("opacity events");
  }

  function fade() {
    const cy = window.overviewMap.state.cy;
    if (attached !== cy) {
      attached = cy;
      cy.on("add", (event) => fadeOne(event.target));
    }
    cy.batch(() => cy.elements().forEach(fadeOne));
  }

  function fadeWhenDrawn(tries) {
    const map = window.overviewMap && window.overviewMap.state;
    if (map && map.cy && map.scene) fade();
    else if (tries > 0) window.setTimeout(() => fadeWhenDrawn(tries - 1), 50);
  }

  bus.views.fading = { hide: () => fadeWhenDrawn(200) };

  /* The choice of a condition opens at once, with the keyboard in it. */
  function openChoice() {
    const field = document.getElementById("overview-filter-add");
    if (!field) return;
    field.focus();
    if (field.getAttribute("aria-expanded") !== "true") field.click();
  }

  function limit(value) {
    return value === "" || value === null || value === undefined || Number.isNaN(Number(value)) ? null : Number(value);
  }

  Object.assign(window.dash_clientside.overview, {
    filter: function (hidden) {
      bus.hide((hidden || []).map(String));
    },
    /* A condition that asks for models which are left out at first shows them, too. */
    everything: function (value, filter, present) {
      const asked = /(^|;)status=[^;]*(archived|not(%20| )made)/.test(filter || "");
      const shown = Boolean((value && value.length) || asked);
      return shown === present ? window.dash_clientside.no_update : shown;
    },
    openFilter: function (clicks) {
      if (!clicks) return window.dash_clientside.no_update;
      window.setTimeout(openChoice, 60); // once the tab is shown
      return "filter";
    },
    /* Brush and boxes tell the same; whichever was moved writes the other. */
    brushMetric: function (low, high, brush, least, most, id) {
      const same = window.dash_clientside.no_update;
      const moved = window.dash_clientside.callback_context.triggered_id;
      if (!moved) return [same, same, same];
      if (moved.part === id.part) {
        const step = (most - least) / 400;
        const write = (value, open) => (Math.abs(value - open) < step ? "" : Number(value.toPrecision(4)));
        return [write(brush[0], least), write(brush[1], most), same];
      }
      const ends = [limit(low) === null ? least : limit(low), limit(high) === null ? most : limit(high)];
      return [same, same, ends.map((end) => Math.min(Math.max(end, least), most))];
    },
  });
})();
