/* Cells of the Queue's grid. */
cnc.define("queueCells", ["libraries", "runWords"], function (libraries, runWords) {
  "use strict";

  const make = libraries.element;

  function QueueStatus(props) {
    return make("span", { className: "run-status " + props.data.status }, props.data.status_label);
  }

  function QueueProgress(props) {
    const row = props.data;
    const text = runWords.progressText(row);
    if (row.status !== "running") {
      return make("span", { className: row.status === "failed" || row.status === "lost" ? "run-failure" : "run-note" }, text);
    }
    const percent = Math.round(row.progress * 100);
    return make(
      "div",
      { className: "run-progress" },
      make(
        "div",
        { className: "run-bar", role: "progressbar", "aria-label": "Progress of " + row.model, "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 },
        make("div", { style: { width: percent + "%" } })
      ),
      make("span", { className: "run-note" }, text)
    );
  }

  cnc.gridCells({ QueueStatus, QueueProgress });
});
