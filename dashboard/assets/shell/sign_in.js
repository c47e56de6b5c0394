/* What stands behind the # of an address never reaches the server; the form takes it along to the page asked for. */
cnc.define("signIn", [], function () {
  "use strict";

  document.addEventListener("DOMContentLoaded", function () {
    const next = document.querySelector('form[action="/sign-in"] input[name="next"]');
    if (!(next instanceof HTMLInputElement) || next.value.includes("#")) return;
    next.value += window.location.hash;
  });
});
