/* Forms of pages without Dash. What stands behind the # of an address never reaches the server; the forms take it
   along to the page asked for. A form that was sent is not sent again while its answer is on the way. */
cnc.define("signIn", [], function () {
  "use strict";

  document.addEventListener("submit", function (event) {
    if (!(event.target instanceof HTMLFormElement)) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll('input[name="next"]').forEach(function (next) {
      if (next instanceof HTMLInputElement && !next.value.includes("#")) next.value += window.location.hash;
    });
  });
});
