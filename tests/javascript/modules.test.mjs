import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { load } from "./browser.mjs";

test("a module is made once what it needs is there, in whatever order they come", () => {
  const { cnc } = load();
  cnc.define("last", ["middle", "first"], (middle, first) => ({ text: middle.text + first.text }));
  cnc.define("middle", ["first"], (first) => ({ text: "b" + first.text }));
  assert.equal(cnc.last, undefined);
  cnc.define("first", [], () => ({ text: "a" }));
  assert.equal(cnc.last.text, "baa");
});

test("two modules of one name are refused", () => {
  const { cnc } = load();
  cnc.define("one", [], () => 1);
  assert.throws(() => cnc.define("one", [], () => 2), /Two modules are named one/);
  cnc.define("two", ["missing"], () => 1);
  assert.throws(() => cnc.define("two", [], () => 2), /Two modules are named two/);
});

test("a module whose needs never come is named", (context) => {
  const { cnc, listeners } = load();
  const complaint = context.mock.method(console, "error", () => {});
  cnc.define("lonely", ["absent", "gone"], () => 1);
  listeners.get("load")();
  assert.equal(complaint.mock.calls[0].arguments[0], "The browser module lonely lacks absent, gone.");
});

test("callbacks of one namespace from several files are kept together", () => {
  const { cnc, window } = load();
  cnc.callbacks("overview", { one: () => 1 });
  cnc.callbacks("overview", { two: () => 2 });
  assert.equal(window.dash_clientside.overview.one() + window.dash_clientside.overview.two(), 3);
  assert.ok("set_props" in window.dash_clientside);
});

test("every module that another needs is defined by one file, and nothing is left on window", () => {
  const assets = new URL("../../dashboard/assets/", import.meta.url);
  const files = readdirSync(assets, { recursive: true }).filter((name) => name.endsWith(".js"));
  const texts = files.filter((name) => name !== "modules.js").map((name) => [name, readFileSync(new URL(name, assets), "utf8")]);
  const defined = new Map();
  const needed = [];
  for (const [name, text] of texts) {
    const [, module, needs] = text.match(/^cnc\.define\("(\w+)", \[(.*?)\]/m) || [];
    assert.ok(module, `${name} defines no module`);
    assert.ok(!defined.has(module), `${name} and ${defined.get(module)} define ${module}`);
    defined.set(module, name);
    for (const need of needs.matchAll(/"(\w+)"/g)) needed.push([name, need[1]]);
    assert.doesNotMatch(text, /^ *window\.\w+ = /m, `${name} sets a global`);
  }
  assert.deepEqual(needed.filter(([, need]) => !defined.has(need)), []);
});
