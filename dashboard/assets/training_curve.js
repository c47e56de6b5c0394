/* Training curves follow the poll wherever a view has put the place of one. A chart that is there is changed in its
   place: drawn anew, it would be gone for a moment with every point. */
cnc.define("trainingCurve", ["libraries", "live"], function (libraries, live) {
  "use strict";

  const PART = "training-curve";
  const FOLLOWS = ["children", "figure", "style"];

  function draw(place, chart) {
    const parts = chart.map((part) => part.props).filter((props) => props.id);
    const shown = document.querySelectorAll("[id='" + place + "'] > *").length;
    const there = parts.every((props) => document.getElementById(props.id));
    if (!parts.length || !there || shown !== chart.length) return live.put(JSON.parse(place), { children: chart });
    for (const props of parts) {
      live.put(props.id, Object.fromEntries(FOLLOWS.filter((name) => name in props).map((name) => [name, props[name]])));
    }
  }

  cnc.callbacks("trainingCurve", {
    follow: function (id, scheme) {
      const wanted = { of: id.of, numbers: [id.number], scheme: scheme || "light" };
      const place = JSON.stringify(id, Object.keys(id).sort()); // as Dash writes it into the page
      live.want(PART, wanted, place, (told) => draw(place, told.chart));
      return libraries.unchanged();
    },
  });
});
