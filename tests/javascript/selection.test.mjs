import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./browser.mjs";

const made = () => load("libraries.js", "selection_bus.js");
const ids = (selection) => Array.from(selection.selected()).join();

test("a view that selected is not told of its own selection, all others are", () => {
  const { cnc } = made();
  const heard = [];
  cnc.selection.views.map = { select: () => heard.push("map") };
  cnc.selection.views.plot = { select: () => heard.push("plot") };
  cnc.selection.set(["3", "1"], "map");
  assert.deepEqual(heard, ["plot"]);
  assert.equal(ids(cnc.selection), "1,3");
});

test("toggling adds and removes one model, or selects it alone", () => {
  const { cnc } = made();
  cnc.selection.toggle("4", true, "");
  cnc.selection.toggle("2", true, "");
  assert.equal(ids(cnc.selection), "2,4");
  cnc.selection.toggle("4", true, "");
  assert.equal(ids(cnc.selection), "2");
  cnc.selection.toggle("9", false, "");
  assert.equal(ids(cnc.selection), "9");
});

test("hidden models leave the selection and come back with what hid them", () => {
  const { cnc } = made();
  cnc.selection.set(["1", "2", "3"], "");
  cnc.selection.hide(["2", "3"]);
  assert.equal(ids(cnc.selection), "1");
  cnc.selection.hide([]);
  assert.equal(ids(cnc.selection), "1,2,3");
});

test("hidden models do not come back into another selection", () => {
  const { cnc } = made();
  cnc.selection.set(["1", "2"], "");
  cnc.selection.hide(["2"]);
  cnc.selection.set(["5"], "");
  cnc.selection.hide([]);
  assert.equal(ids(cnc.selection), "5");
});

test("the server is told once of several changes, as numbers", async () => {
  const { cnc, told } = made();
  cnc.selection.set(["1"], "");
  cnc.selection.set(["2", "10"], "");
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.deepEqual(JSON.parse(JSON.stringify(told)), [["overview-selection", { data: [2, 10] }]]);
});
