/* The list of instances: pictures that are gone say so, filters bring the list into view, keys turn the enlarged one. */
cnc.define("instances", ["dom", "libraries", "instanceLinks"], function (dom, libraries, instanceLinks) {
  "use strict";

  const FEW_PIXELS = 64;
  const KEYS = { ArrowLeft: ".instance-previous", ArrowRight: ".instance-next", Escape: ".instance-close" };
  let filtering = false;
  let opener = null;

  function pictureOf(event) {
    const image = event.target;
    return image instanceof HTMLImageElement && image.classList.contains("instance-picture") ? image : null;
  }

  /* ---- pictures ---- */

  document.addEventListener(
    "load",
    function (event) {
      const picture = pictureOf(event);
      if (!picture) return;
      picture.classList.toggle("few-pixels", Math.max(picture.naturalWidth, picture.naturalHeight) <= FEW_PIXELS);
    },
    true
  );

  document.addEventListener(
    "error",
    function (event) {
      const picture = pictureOf(event);
      if (!picture) return;
      picture.classList.add("gone");
      document.querySelectorAll(".compare-gone").forEach((note) => (note.hidden = false));
    },
    true
  );

  /* ---- what filters the list shows it ---- */

  document.addEventListener("click", function (event) {
    const link = dom.closest(event, "a.compare-filtering");
    if (link) filtering = true;
    const card = dom.closest(event, ".compare-instances a");
    if (card) opener = card.getAttribute("href");
  }, true);

  function listed() {
    if (!filtering) return;
    filtering = false;
    const list = document.querySelector(".compare-filters, .compare-instances");
    if (list) list.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  /* ---- ticked instances, which may lie on several pages ---- */

  let picked = new Set();
  let pickedAt = "";

  function show() {
    document.querySelectorAll(".instance-pick").forEach(function (button) {
      const pressed = String(picked.has(Number(button.dataset.place)));
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    });
    const save = document.querySelector(".compare-save");
    if (!save) return;
    const text = picked.size ? "Save " + picked.size + " picked as a group" : save.dataset.all;
    if (save.textContent !== text) save.textContent = text; // a change is seen below, and would come back here
  }

  function keepPicked() {
    libraries.setProps("compare-picked", { data: Array.from(picked).sort((a, b) => a - b) });
    show();
  }

  document.addEventListener("click", function (event) {
    const button = dom.closest(event, ".instance-pick");
    if (!button) return;
    const place = Number(button.dataset.place);
    if (!picked.delete(place)) picked.add(place);
    keepPicked();
  });

  /* What is ticked belongs to the models that are compared; a saved group leaves nothing ticked. */
  function models() {
    const query = new URLSearchParams(window.location.search);
    return window.location.pathname + [query.get("selected"), query.get("baseline")].join("|");
  }

  cnc.callbacks("compare", {
    picked: function (data) {
      if (data && !data.length && picked.size) {
        picked = new Set();
        show();
      }
      return libraries.unchanged();
    },
  });

  /* ---- the enlarged instance ---- */

  function dialog() {
    return document.querySelector(".instance-dialog");
  }

  /* Steps to later (or, below 0, earlier) instances that were asked for before the last one was drawn. */
  let ahead = 0;

  document.addEventListener("keydown", function (event) {
    const selector = KEYS[event.key];
    if (!selector || !dialog() || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && instanceLinks.late(dialog())) {
      event.preventDefault();
      ahead += step;
      return;
    }
    const link = dialog().querySelector(selector);
    if (!link) return;
    event.preventDefault();
    if (!step) ahead = 0;
    link.click();
  });

  function goAhead() {
    if (!ahead || (dialog() && instanceLinks.late(dialog()))) return;
    const link = dialog() && dialog().querySelector(ahead > 0 ? KEYS.ArrowRight : KEYS.ArrowLeft);
    ahead = link ? ahead - Math.sign(ahead) : 0;
    if (link) link.click();
  }

  document.addEventListener("click", function (event) {
    const clicked = dom.target(event);
    if (clicked && clicked.classList.contains("instance-cover")) clicked.querySelector(".instance-close").click();
  });

  function focused(was) {
    const now = dialog();
    if (now && !now.contains(document.activeElement)) now.focus();
    if (!now && was && opener) {
      const link = document.querySelector('.compare-instances a[href="' + CSS.escape(opener) + '"]');
      if (link) link.focus();
    }
  }

  let open = false;
  new MutationObserver(function (records) {
    const place = document.getElementById("compare-instances");
    if (!place || !records.some((record) => place.contains(record.target))) return;
    if (models() !== pickedAt) {
      pickedAt = models();
      if (picked.size) {
        picked = new Set();
        keepPicked();
      }
    }
    show();
    listed();
    focused(open);
    open = Boolean(dialog());
    goAhead();
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-drawn"] });

  /* Tab stays in the dialog. */
  document.addEventListener("focusin", function (event) {
    const now = dialog();
    if (now && !now.contains(dom.target(event)) && !dom.closest(event, ".mantine-Notifications-root")) now.focus();
  });
});
