/* The list of instances: pictures that are gone say so, filters bring the list into view, keys turn the enlarged one. */
(function () {
  "use strict";

  const FEW_PIXELS = 64;
  const KEYS = { ArrowLeft: ".instance-previous", ArrowRight: ".instance-next", Escape: ".instance-close" };
  let filtering = false;
  let opener = null;

  function isPicture(element) {
    return element instanceof HTMLImageElement && element.classList.contains("instance-picture");
  }

  /* ---- pictures ---- */

  document.addEventListener(
    "load",
    function (event) {
      if (!isPicture(event.target)) return;
      const few = Math.max(event.target.naturalWidth, event.target.naturalHeight) <= FEW_PIXELS;
      event.target.classList.toggle("few-pixels", few);
    },
    true
  );

  document.addEventListener(
    "error",
    function (event) {
      if (!isPicture(event.target)) return;
      event.target.classList.add("gone");
      document.querySelectorAll(".compare-gone").forEach((note) => (note.hidden = false));
    },
    true
  );

  /* ---- what filters the list shows it ---- */

  document.addEventListener("click", function (event) {
    const link = event.target.closest && event.target.closest("a.compare-filtering");
    if (link) filtering = true;
    const card = event.target.closest && event.target.closest(".compare-instances a");
    if (card) opener = card.getAttribute("aria-label");
  });

  function listed() {
    if (!filtering) return;
    filtering = false;
    const list = document.querySelector(".compare-filters, .compare-instances");
    if (list) list.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  /* ---- the enlarged instance ---- */

  function dialog() {
    return document.querySelector(".instance-dialog");
  }

  document.addEventListener("keydown", function (event) {
    const selector = KEYS[event.key];
    if (!selector || !dialog() || event.altKey || event.ctrlKey || event.metaKey) return;
    const link = dialog().querySelector(selector);
    if (!link) return;
    event.preventDefault();
    link.click();
  });

  document.addEventListener("click", function (event) {
    if (event.target.classList && event.target.classList.contains("instance-cover")) {
      event.target.querySelector(".instance-close").click();
    }
  });

  function focused(was) {
    const now = dialog();
    if (now && !now.contains(document.activeElement)) now.focus();
    if (!now && was && opener) {
      const link = document.querySelector('.compare-instances a[aria-label="' + CSS.escape(opener) + '"]');
      if (link) link.focus();
    }
  }

  let open = false;
  new MutationObserver(function (records) {
    const place = document.getElementById("compare-instances");
    if (!place || !records.some((record) => place.contains(record.target))) return;
    listed();
    focused(open);
    open = Boolean(dialog());
  }).observe(document.documentElement, { childList: true, subtree: true });

  /* Tab stays in the dialog. */
  document.addEventListener("focusin", function (event) {
    const now = dialog();
    if (now && !now.contains(event.target) && !event.target.closest(".mantine-Notifications-root")) now.focus();
  });
})();
