/* The filter in the browser: what does not pass fades on the map and cannot be selected anywhere. */
cnc.define("overviewFilter", ["libraries", "selection", "map"], function (libraries, selection, map) {
  "use strict";

  let attached = null;

  /* Styles of single elements, because the stylesheet belongs to Dash and is replaced now and then. */
  function fadeOne(element) {
    const id = element.isNode() ? element.id() : element.target().id();
    const on = selection.hidden().has(id);
    if (on === Boolean(element.scratch("faded"))) return;
    element.scratch("faded", on);
    if (on) element.style({ opacity: 0.14, events: "no" });
    else element.removeStyle("opacity events");
  }

  function fade() {
    const cy = map.state.cy;
    if (attached !== cy) {
      attached = cy;
      cy.on("add", (event) => fadeOne(event.target));
    }
    cy.batch(() => cy.elements().forEach(fadeOne));
  }

  function fadeWhenDrawn(tries) {
    if (map.state.cy && map.state.scene) fade();
    else if (tries > 0) window.setTimeout(() => fadeWhenDrawn(tries - 1), 50);
  }

  selection.views.fading = { hide: () => fadeWhenDrawn(200) };

  /* The choice of a condition opens at once, with the keyboard in it. */
  function openChoice() {
    const field = document.getElementById("overview-filter-add");
    if (!field) return;
    field.focus();
    if (field.getAttribute("aria-expanded") !== "true") field.click();
  }

  /* What stands in a box, as a number: its text with a decimal point, or what is wrong with it. */
  function typed(value) {
    const text = String(value === null || value === undefined ? "" : value).trim();
    if (/^[1-9]\d{0,2},\d{3}$/.test(text)) {
      return { text, wrong: `${text.replace(",", ".")} or ${text.replace(",", "")}?` };
    }
    const plain = text.replace("\u2212", "-").replace(",", ".");
    const whole = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) && Number.isFinite(Number(plain));
    if (text === "" || whole) return { text: plain, wrong: null };
    return { text, wrong: "Write one number, such as 95.5." };
  }

  function limit(box) {
    return box.wrong || box.text === "" ? null : Number(box.text);
  }

  cnc.callbacks("overview", {
    filter: function (hidden) {
      selection.hide((hidden || []).map(String));
    },
    /* A condition that asks for models which are left out at first shows them, too. */
    everything: function (value, filter, present) {
      const asked = /(^|;)status=[^;]*(archived|not(%20| )made)/.test(filter || "");
      const shown = Boolean((value && value.length) || asked);
      return shown === present ? libraries.unchanged() : shown;
    },
    openFilter: function (clicks) {
      if (!clicks) return libraries.unchanged();
      window.setTimeout(openChoice, 60); // once the tab is shown
      return "filter";
    },
    /* Brush and boxes show the same; whichever was moved writes the other. Boxes say what they cannot read. */
    brushMetric: function (low, high, brush, least, most, id) {
      const same = libraries.unchanged();
      const moved = libraries.context().triggered_id;
      if (!moved) return [same, same, same, same, same];
      if (moved.part === id.part) {
        const step = (most - least) / 400;
        const write = (value, open) => (Math.abs(value - open) < step ? "" : String(Number(value.toPrecision(4))));
        return [write(brush[0], least), write(brush[1], most), same, null, null];
      }
      const boxes = [typed(low), typed(high)];
      const ends = [least, most].map((open, at) => {
        const value = limit(boxes[at]);
        return Math.min(Math.max(value === null ? open : value, least), most);
      });
      return [...boxes.map((box) => box.text), ends, ...boxes.map((box) => box.wrong)];
    },
  });
});
