/* Buttons that are drawn anew with what is around them: what they ask for goes to the server through Stores. */
cnc.define("annotations", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  document.addEventListener("click", (event) => {
    const button = dom.closest(event, "[data-measure]");
    if (!button) return;
    const asked = { which: button.dataset.measure, at: Date.now() };
    libraries.setProps("overview-measure-asked", { data: asked });
  });

  document.addEventListener("click", (event) => {
    const button = dom.closest(event, "[data-onnx]");
    if (!button) return;
    const [model, form] = button.dataset.onnx.split(":");
    libraries.setProps("overview-onnx", { data: { model: Number(model), form: form, at: Date.now() } });
  });

  document.addEventListener("click", (event) => {
    const button = dom.closest(event, "[data-star],[data-archive]");
    if (!button) return;
    const { star, archive } = button.dataset;
    const ids = (star || archive).split(".").map(Number);
    libraries.setProps(star ? "overview-starred" : "overview-archived", {
      data: { ids: ids, at: Date.now() },
    });
  });

  /* The first press on a measurement's Delete asks, the second within a few seconds deletes. */
  const CONFIRM_MS = 5000;

  function arm(button) {
    button.classList.add("armed");
    button.textContent = "Delete?";
    const label = button.getAttribute("aria-label");
    button.setAttribute("aria-label", `Confirm: ${label}`);
    setTimeout(() => {
      button.classList.remove("armed");
      button.textContent = "Delete";
      button.setAttribute("aria-label", label);
    }, CONFIRM_MS);
  }

  document.addEventListener("click", (event) => {
    const button = dom.closest(event, "[data-measurement]");
    if (!button || button.disabled) return;
    if (!button.classList.contains("armed")) return arm(button);
    button.disabled = true;
    libraries.setProps("overview-measurement", {
      data: { measurement: button.dataset.measurement, at: Date.now() },
    });
  });
});
