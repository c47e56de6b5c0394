/* Loads Plotly for the scatterplot once the model map is painted: its five megabytes keep a browser busy for up to a
   second, in which nothing else could be drawn. */
cnc.define("plotly", [], function () {
  "use strict";

  const PATIENCE_MS = 4000; // for a map that does not come
  let loading = null;

  function mapPainted() {
    return new Promise((resolve) => {
      document.addEventListener("overview-map-painted", resolve, { once: true });
      window.setTimeout(resolve, PATIENCE_MS);
      if (cnc.map.state.painted) resolve();
    });
  }

  function inserted() {
    if (window.Plotly) return window.Plotly; // the drawer of new experiments has loaded it
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.documentElement.dataset.plotly;
      script.addEventListener("load", () => resolve(window.Plotly));
      script.addEventListener("error", () => reject(new Error("Plotly cannot be loaded. Is the server still there?")));
      document.head.append(script);
    });
  }

  /* A promise of Plotly. Loading that failed is tried again by the next call. */
  function ready() {
    loading = loading || mapPainted().then(inserted);
    loading.catch(() => {
      loading = null;
    });
    return loading;
  }

  return { ready: ready };
});
