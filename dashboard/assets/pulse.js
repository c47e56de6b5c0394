/* A page that nobody sees asks nothing; when it is looked at again, it asks at once. */
(function () {
  "use strict";

  const TICK = "shell-tick";
  let beats = 1e6; // more than an interval has counted, so that each return is a new number

  function follow() {
    const set = window.dash_clientside.set_props;
    if (document.hidden) set(TICK, { disabled: true });
    else set(TICK, { disabled: false, n_intervals: beats++ });
  }

  const clientside = (window.dash_clientside = window.dash_clientside || {});
  clientside.pulse = {
    watch: function () {
      document.removeEventListener("visibilitychange", follow);
      document.addEventListener("visibilitychange", follow);
      if (document.hidden) follow();
    },
  };
})();
