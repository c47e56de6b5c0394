import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./browser.mjs";

const { cnc } = load("overview/map/geometry.js");

test("the name of a single model has the room that there is", () => {
  const item = { id: "1", column: 0, row: 0, leaf: true, label: "my network" };
  const shown = { columns: [{ label: "base" }], rows: 1, items: [item] };
  const gap = cnc.geometry.gaps(shown, 800, 660);
  assert.equal(cnc.geometry.rooms(shown, gap).get("1"), 230);
});
