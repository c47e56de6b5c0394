/* Training curves follow the poll wherever a view has put the place of one. */
(function () {
  "use strict";

  const PART = "training-curve";

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    trainingCurve: {
      follow: function (ids, scheme) {
        const id = ids[ids.length - 1];
        if (!id) return window.live.drop(PART);
        const wanted = { of: id.of, numbers: [id.number], scheme: scheme || "light" };
        const place = JSON.stringify(id, Object.keys(id).sort()); // as Dash writes it into the page
        window.live.want(PART, wanted, place, (told) => window.live.put(id, { children: told.chart }));
      },
    },
  });
})();
