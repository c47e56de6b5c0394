/* The form of a base model: fields that count with the chosen values only, weights that are imported, and
   numbers that differ from the project's data. */
cnc.define("baseForm", ["dom", "libraries", "uploads"], function (dom, libraries, uploads) {
  "use strict";

  const skip = libraries.unchanged;

  /* What a choice holds is JSON ("\"gpt2\"", "true"); what is typed is plain text. */
  function plain(value) {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }

  function counts(wanted, held) {
    return Object.entries(wanted || {}).every(([name, values]) => !(name in held) || values.includes(held[name]));
  }

  function changed() {
    const [trigger] = libraries.context().triggered;
    if (!trigger || !trigger.prop_id.startsWith("{")) return null;
    return JSON.parse(trigger.prop_id.slice(0, trigger.prop_id.lastIndexOf("."))).name;
  }

  /* The data were counted after the form was drawn: fields that are still empty take the number. */
  function prefill(marks, values, ids) {
    const [trigger] = libraries.context().triggered;
    if (!trigger || trigger.prop_id !== "models-base-marks.data") return;
    ids.forEach(function (id, place) {
      const count = (marks && marks[id.name] && marks[id.name].count) || null;
      const empty = String(values[place] ?? "").trim() === "";
      if (count && empty) libraries.setProps(id, { value: String(count[1]) });
    });
  }

  /* marks: by field `weights` (it names weights), `used_with` and `count` ([of what, how many]). */
  function follow(values, marks, ids) {
    uploads.follow(values, ids);
    prefill(marks, values, ids);
    const held = {};
    ids.forEach((id, place) => (held[id.name] = plain(values[place])));
    const about = ids.map((id) => (marks || {})[id.name] || {});
    const styles = about.map((mark) => (counts(mark.used_with, held) ? {} : { display: "none" }));
    const errors = about.map((mark, place) => {
      if (!mark.count || styles[place].display) return null;
      const [what, number] = mark.count;
      const given = Number(values[place]);
      const same = String(values[place] ?? "").trim() === "" || Number.isNaN(given) || given === number;
      const noun = number === 1 ? what.replace(/(ss)es$|s$/, "$1") : what;
      return same ? null : `The data have ${number} ${noun}, not ${given}. Use ${number}.`;
    });
    const name = changed();
    const brings = name && marks && marks[name] && marks[name].weights && held[name];
    return [styles, errors, brings ? "import" : skip()];
  }

  /* What the inputs held when it was chosen whether to train: weights that are given later are imported. */
  function chosen_beside(_how, values, ids) {
    return Object.fromEntries(ids.map((id, place) => [id.name, values[place]]));
  }

  /* Values that are proposed for other inputs. */
  document.addEventListener("click", function (event) {
    const button = dom.closest(event, "[data-fills]");
    if (!button) return;
    JSON.parse(button.dataset.fills).forEach(([id, value]) => libraries.setProps(id, { value: value }));
  });

  cnc.callbacks("base_form", { follow, chosen_beside });
});
