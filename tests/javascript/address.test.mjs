import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./browser.mjs";

const { cnc } = load("libraries.js", "selection_bus.js", "overview/history.js", "overview/address.js");
const { writeIds, written } = cnc.overviewAddress;

test("three ids in a row become a range, two do not", () => {
  assert.equal(writeIds(["3", "1", "2", "7", "8", "40"]), "1-3.7.8.40");
  assert.equal(writeIds([]), "");
});

test("what is too long for a server stands behind the #, the longest first", () => {
  const long = "selected=" + "1.".repeat(5000);
  assert.equal(written("/p/x/overview", ["tab=details", long]), "?tab=details#" + long);
  assert.equal(written("/p/x/overview", ["tab=details", "x=a"]), "?tab=details&x=a");
});
