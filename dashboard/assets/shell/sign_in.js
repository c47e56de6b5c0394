/* What stands behind the # of an address never reaches the server; the forms take it along to the page asked for. */
cnc.define("signIn", [], function () {
  "use strict";

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll('input[name="next"]').forEach(function (next) {
      if (next instanceof HTMLInputElement && !next.value.includes("#")) next.value += window.location.hash;
    });
  });
});
