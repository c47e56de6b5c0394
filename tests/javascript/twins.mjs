/* Reads cases from standard input and writes what the browser code makes of them, for tests against the Python that
   does the same. */
import { load } from "./browser.mjs";

const { cnc } = load("libraries.js", "selection_bus.js", "live.js", "overview/history.js", "overview/address.js", "queue/words.js");
const made = {
  applied: ([before, delta]) => cnc.live.applied(before, delta),
  duration: (seconds) => cnc.runWords.duration(seconds),
  writeIds: (ids) => cnc.overviewAddress.writeIds(ids),
};
let text = "";
for await (const part of process.stdin) text += part;
const cases = JSON.parse(text);
console.log(JSON.stringify(Object.fromEntries(Object.entries(cases).map(([name, list]) => [name, list.map(made[name])]))));
