/* Whatever a control cuts off can be read in its tooltip: chosen values of lists, and tags in them. */
cnc.define("cutTexts", ["dom"], function (dom) {
  "use strict";

  const CUT = ".mantine-Select-input, .mantine-MultiSelect-pill, .mantine-Pill-label, .mantine-Select-option, .mantine-MultiSelect-option";

  function tell(event) {
    const control = dom.closest(event, CUT);
    if (!control) return;
    const text = control.value || control.textContent;
    const inner = [control, ...control.querySelectorAll("*")];
    const cut = inner.some((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0);
    if (cut) control.title = text;
    else if (control.title === text) control.removeAttribute("title");
  }

  document.addEventListener("mouseover", tell);
  document.addEventListener("focusin", tell);
});
