/* The command palette: Ctrl + K finds pages, projects, models and actions; "?" lists the keys. */
cnc.define("palette", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  const MOST = 60;
  const ACTIONS = [
    { label: "New experiment", about: "Queue compression and evaluation", press: "new-experiment-open" },
    { label: "Share this page", about: "Make a link for people without an account", press: "shell-share" },
    { label: "Switch between light and dark", about: "", press: "scheme-toggle" },
    { label: "Show all keys", about: "?", act: showKeys },
  ];
  let known = null; // what the server listed last
  let shown = [];
  let active = 0;
  let box = null;
  let opener = null;

  function make(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  /* ---- what is found ---- */

  function score(entry, words) {
    const label = entry.label.toLowerCase();
    const whole = label + " " + (entry.about || "").toLowerCase() + " " + entry.kind.toLowerCase();
    if (!words.every((word) => whole.includes(word))) return -1;
    if (!words.length) return 0;
    if (label.startsWith(words.join(" "))) return 3;
    return words.every((word) => label.includes(word)) ? 2 : 1;
  }

  function everything() {
    const actions = ACTIONS.filter((action) => !action.press || usable(document.getElementById(action.press)));
    return actions.map((action) => Object.assign({ kind: "Actions" }, action)).concat(known ? known.entries : []);
  }

  function usable(control) {
    return control && control.offsetParent !== null && control.getAttribute("aria-disabled") !== "true";
  }

  /* The best first; the groups in the order of their best. Without words, actions, pages and projects. */
  function found(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const short = (entry) => words.length || ["Actions", "Pages", "Projects"].includes(entry.kind);
    const scored = everything()
      .map((entry) => ({ entry: entry, score: score(entry, words) }))
      .filter((one) => one.score >= 0 && short(one.entry));
    scored.sort((a, b) => b.score - a.score);
    const groups = new Map();
    for (const { entry } of scored) groups.set(entry.kind, (groups.get(entry.kind) || []).concat([entry]));
    return Array.from(groups.values()).flat();
  }

  /* ---- the list ---- */

  function draw() {
    const every = found(box.input.value);
    shown = every.slice(0, MOST);
    active = Math.max(0, Math.min(active, shown.length - 1));
    const parts = [];
    shown.forEach(function (entry, place) {
      if (!place || shown[place - 1].kind !== entry.kind) parts.push(make("div", "palette-kind", entry.kind));
      parts.push(option(entry, place));
    });
    const rest = every.length - shown.length;
    const more = rest > 0 ? rest.toLocaleString("en") + " more: type another word" : "";
    const nothing = known ? "Nothing has such a name." : "Loading\u2026";
    if (more || !shown.length) parts.push(make("div", "palette-note", more || nothing));
    box.list.replaceChildren(...parts);
    mark();
  }

  function option(entry, place) {
    const made = make("div", "palette-option");
    made.id = "palette-option-" + place;
    made.setAttribute("role", "option");
    made.append(make("span", "palette-label", entry.label), make("span", "palette-about", entry.about));
    made.title = entry.label;
    made.addEventListener("mousemove", () => place !== active && ((active = place), mark()));
    made.addEventListener("click", () => go(entry));
    return made;
  }

  function mark() {
    for (const one of box.list.querySelectorAll("[role=option]")) {
      const on = one.id === "palette-option-" + active;
      one.setAttribute("aria-selected", String(on));
      if (on) one.scrollIntoView({ block: "nearest" });
    }
    if (shown.length) box.input.setAttribute("aria-activedescendant", "palette-option-" + active);
    else box.input.removeAttribute("aria-activedescendant");
  }

  function go(entry) {
    close();
    if (entry.act) entry.act();
    else if (entry.press) document.getElementById(entry.press).click();
    else if (entry.href.includes("?")) window.location.assign(entry.href); // pages read their state when they open
    else libraries.go(entry.href);
  }

  function press(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in moves && shown.length) {
      const next = active + moves[event.key];
      active = Math.abs(moves[event.key]) === 1 ? (next + shown.length) % shown.length : Math.max(0, Math.min(shown.length - 1, next));
      mark();
    } else if (event.key === "Enter" && shown[active]) go(shown[active]);
    else return;
    event.preventDefault();
  }

  /* ---- opening and closing ---- */

  function dialog(label, className) {
    const made = document.createElement("dialog");
    made.className = "palette " + className;
    made.setAttribute("role", "dialog"); // what Escape closes on the page looks for open dialogs by their role
    made.setAttribute("aria-label", label);
    made.addEventListener("click", (event) => event.target === made && made.close());
    made.addEventListener("keydown", (event) => event.stopPropagation()); // keys of the page mean nothing here
    made.addEventListener("close", function () {
      made.remove();
      box = null;
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    });
    opener = document.activeElement;
    document.body.append(made);
    return made;
  }

  function show() {
    const made = dialog("Go to or do", "palette-search");
    const input = document.createElement("input");
    input.placeholder = "Go to a page, project or model, or do something";
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-label": "Search",
      "aria-expanded": "true",
      "aria-controls": "palette-list",
      "aria-autocomplete": "list",
      autocomplete: "off",
      spellcheck: "false",
    })) {
      input.setAttribute(name, value);
    }
    const list = make("div", "palette-list");
    list.id = "palette-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Found");
    input.addEventListener("input", () => ((active = 0), draw()));
    input.addEventListener("keydown", press);
    made.append(input, list);
    box = { dialog: made, input: input, list: list };
    active = 0;
    made.showModal();
    draw();
    load(() => box && draw(), list);
  }

  function close() {
    if (box) box.dialog.close();
  }

  /* Asks what there is in the project that is shown; `draws` shows it, `place` says that nothing came. */
  function load(draws, place) {
    const here = window.location.pathname.match(/^\/p\/([^/]+)/);
    window
      .fetch("/palette" + (here ? "?project=" + here[1] : ""))
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then(function (told) {
        known = told;
        draws();
      })
      .catch(() => known || place.append(make("div", "palette-note", "The server does not answer.")));
  }

  function showKeys() {
    const made = dialog("Keys", "palette-keys");
    const draws = function () {
      const parts = [make("h2", "", "Keys")];
      for (const [page, keys] of Object.entries((known || { keys: {} }).keys)) {
        parts.push(make("h3", "", page));
        const list = make("dl", "");
        for (const [key, meaning] of Object.entries(keys)) list.append(make("dt", "", key), make("dd", "", meaning));
        parts.push(list);
      }
      made.replaceChildren(...parts);
    };
    made.showModal();
    draws();
    if (!known) load(draws, made);
  }

  document.addEventListener("keydown", function (event) {
    if (!document.getElementById("new-experiment-open")) return; // not the dashboard, or not there yet
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!document.querySelector("dialog.palette")) show();
    }
    const typing = dom.closest(event, "input,textarea,select,[contenteditable=true],[role=dialog],dialog");
    if (event.key === "?" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) showKeys();
  });
  document.addEventListener("click", (event) => dom.closest(event, ".shell-find") && show());
});
