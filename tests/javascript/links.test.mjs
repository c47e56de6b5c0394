import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./browser.mjs";

const { cnc } = load("dom.js", "libraries.js", "compare/links.js");
const rebased = (...states) => JSON.parse(JSON.stringify(cnc.instanceLinks.rebased(...states)));

test("a link changes only what it was made to change", () => {
  assert.deepEqual(rebased({ tab: "a" }, { tab: "b" }, { tab: "a", sort: "loss" }), { tab: "b", sort: "loss" });
  assert.deepEqual(rebased({ tab: "a", open: "1" }, { tab: "a" }, { tab: "c", open: "1" }), { tab: "c" });
});

test("a condition joins those that were chosen since, and starts the list at its first page", () => {
  const now = { chips: "x,y", page: "4", instance: "7" };
  assert.deepEqual(rebased({ chips: "x" }, { chips: "x,z" }, now), { chips: "x,y,z" });
});

test("a condition that is taken away leaves those that were chosen since", () => {
  assert.deepEqual(rebased({ chips: "x,y" }, { chips: "y" }, { chips: "x,y,z" }), { chips: "y,z" });
});
