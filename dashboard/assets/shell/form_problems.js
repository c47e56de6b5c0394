/* A button that was pressed at the end of a long form brings the first field with a problem into view. */
cnc.define("formProblems", ["dom"], function (dom) {
  "use strict";

  function firstProblem(card) {
    const wrong = [...card.querySelectorAll("[aria-invalid='true']")];
    return wrong.find((field) => field.getClientRects().length) || null;
  }

  function show(card) {
    const field = firstProblem(card);
    if (!field) return;
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: "center" });
  }

  document.addEventListener("click", function (event) {
    const button = dom.closest(event, ".models-card button");
    if (!button || !button.id) return;
    const answered = new MutationObserver(function () {
      if (button.hasAttribute("data-loading")) return;
      answered.disconnect();
      window.requestAnimationFrame(() => show(button.closest(".models-card")));
    });
    answered.observe(button, { attributes: true, attributeFilter: ["data-loading"] });
  });
});
