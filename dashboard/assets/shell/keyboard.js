/* Ways without a mouse that every page shares: past the header, out of a grid, back to where one was. */
cnc.define("keyboard", ["dom"], function (dom) {
  "use strict";

  const PRESSED = "button, a[href]";

  /* ---- past the header ---- */

  document.addEventListener("click", function (event) {
    const link = dom.closest(event, ".shell-skip");
    if (!link) return;
    event.preventDefault(); // the address is the page's own
    const page = document.getElementById("page");
    page.focus();
    page.scrollIntoView();
  });

  /* ---- the name of the page, and which link stands for it ---- */

  function present(title) {
    if (title) document.title = title;
    window.setTimeout(function () {
      document.querySelectorAll("a.shell-link").forEach(function (link) {
        if (link.classList.contains("current")) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      });
    });
  }

  /* ---- grids: arrows walk the cells, Tab leaves them, Enter presses what is in one ---- */

  cnc.gridFunctions({ tabLeavesGrid: (params) => (params.editing ? params.nextCellPosition : false) });

  document.addEventListener("keydown", function (event) {
    const cell = dom.closest(event, ".ag-cell");
    if (event.key !== "Enter" || !cell || event.target !== cell) return;
    const inside = cell.querySelector(PRESSED);
    if (inside) inside.click();
  });

  cnc.callbacks("keyboard", { present });
});
