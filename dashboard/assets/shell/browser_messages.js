/* Messages of the browser about a project, for who has switched them on: shown by pages that are in the background.
   Which projects, and up to which message each was seen, is kept in the browser; one tab at a time asks. */
cnc.define("browserMessages", [], function () {
  "use strict";

  const KEY = "cnc-browser-messages";
  const EVERY_MS = 10_000;
  const able = "Notification" in window;

  /** @returns {Record<string, number>} the last message seen, by project. */
  function watched() {
    try {
      return JSON.parse(localStorage.getItem(KEY) || "{}");
    } catch {
      return {};
    }
  }

  /** @param {Record<string, number>} value */
  function keep(value) {
    localStorage.setItem(KEY, JSON.stringify(value));
  }

  /** @param {string} project @param {number | ""} after */
  async function ask(project, after) {
    const query = new URLSearchParams({ project, after: String(after) });
    const answer = await fetch("/notifications/feed?" + query, { credentials: "same-origin" });
    return answer.ok ? answer.json() : null;
  }

  /** @param {{title: string, body: string, path: string}} message */
  function show(message) {
    const shown = new Notification(message.title, { body: message.body, tag: message.title });
    shown.onclick = function () {
      window.focus();
      window.location.assign(message.path);
    };
  }

  /** @param {string} project @param {number} after @returns {Promise<[string, number]>} */
  async function fetched(project, after) {
    const found = await ask(project, after);
    if (!found || found.after === after) return [project, after];
    if (document.hidden) found.messages.forEach(show);
    return [project, found.after];
  }

  async function look() {
    if (!able || Notification.permission !== "granted") return;
    const found = await Promise.all(Object.entries(watched()).map(([project, after]) => fetched(project, after)));
    const still = watched(); // another tab may have switched one off meanwhile
    keep(Object.fromEntries(found.filter(([project]) => project in still)));
  }

  function oneTabLooks() {
    if (Object.keys(watched()).length === 0) return;
    if (!navigator.locks) void look().catch(() => undefined);
    else void navigator.locks.request(KEY, { ifAvailable: true }, (lock) => (lock ? look().catch(() => undefined) : undefined));
  }

  /** @param {HTMLElement} button */
  function draw(button) {
    const on = able && Notification.permission === "granted" && String(button.dataset.project) in watched();
    button.textContent = on ? "Switch off" : "Switch on";
    button.setAttribute("aria-pressed", String(on));
    const state = document.getElementById("browser-messages-state");
    if (!state) return;
    if (!able) state.textContent = "This browser shows no notifications for this address; https or localhost is needed.";
    else if (Notification.permission === "denied") state.textContent = "The browser blocks them: allow notifications for this site.";
    else state.textContent = on ? "On" : "Off";
  }

  /** @param {HTMLElement} button */
  async function toggle(button) {
    const project = String(button.dataset.project);
    const { [project]: seen, ...others } = watched();
    if (seen !== undefined && Notification.permission === "granted") keep(others);
    else if (able && (await Notification.requestPermission()) === "granted") {
      const found = await ask(project, "");
      if (found) keep({ ...watched(), [project]: found.after });
    }
    draw(button);
  }

  document.addEventListener("DOMContentLoaded", function () {
    const button = document.getElementById("browser-messages");
    if (!button) return;
    draw(button);
    button.addEventListener("click", () => void toggle(button));
  });
  setInterval(oneTabLooks, EVERY_MS);
  return { look };
});
