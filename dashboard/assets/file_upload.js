/* Files that are uploaded where an input names one: chosen or dropped, judged by their start, sent as they are.

   A place with `data-address` sends what is chosen there, unjudged.
   A place says by `data-state` what it shows: nothing to offer a file, "going" while one comes in, "done" after
   that. The button that sends the form waits until then; the input keeps its value, which would come back as an
   echo if it changed quickly. */
cnc.define("uploads", ["dom", "libraries"], function (dom, libraries) {
  "use strict";

  const PLACE = ".file-upload";
  const LENGTH_BYTES = 8;
  const MOST_HEADER_BYTES = 25e6;
  const CUT = "The connection was cut, and nothing of the file was kept. Try it again.";

  const going = new WeakMap(); // place -> the request that is under way, null between two

  const set = (place, props) => libraries.setProps(JSON.parse(place.dataset.target), props);
  const block = (place, yes) => libraries.setProps(place.dataset.blocks, { disabled: yes });

  function show(place, state, said) {
    const inside = place.contains(document.activeElement);
    place.dataset.state = state;
    const part = place.querySelector(".file-upload-" + (state || "offer"));
    const text = part.querySelector(".said");
    if (text) text.textContent = said;
    const next = part.querySelector("button");
    if (inside && next) next.focus();
  }

  function wrong(place, message) {
    place.querySelector(".file-upload-wrong").textContent = message;
  }

  function progress(place, fraction, said) {
    const bar = place.querySelector(".bar");
    const percent = Math.floor(100 * fraction);
    bar.setAttribute("aria-valuenow", percent);
    bar.firstElementChild.style.width = percent + "%";
    place.querySelector(".file-upload-going .said").textContent = said;
  }

  /* ---- sending ---- */

  /* The header of the file, which is enough to judge it; a few bytes where there cannot be one. */
  async function startOf(file) {
    const first = new DataView(await file.slice(0, LENGTH_BYTES).arrayBuffer());
    const length = first.byteLength === LENGTH_BYTES ? Number(first.getBigUint64(0, true)) : 0;
    return file.slice(0, LENGTH_BYTES + (length <= MOST_HEADER_BYTES ? Math.max(length, 32) : 32));
  }

  /* Resolves with what the server answers; rejects with a sentence. */
  function send(place, address, body, told) {
    return new Promise(function (resolve, reject) {
      const request = new XMLHttpRequest();
      going.set(place, request);
      request.open("POST", address);
      request.responseType = "json";
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = function (event) {
        if (!place.isConnected) request.abort();
        else if (told) told(event.loaded / event.total);
      };
      request.onload = function () {
        const answer = request.response;
        if (request.status === 200 && answer) resolve(answer);
        else reject(answer && answer.message ? answer.message + " " + answer.hint : CUT);
      };
      request.onerror = () => reject(CUT);
      request.onabort = () => reject("");
      request.send(body);
    });
  }

  async function upload(place, file) {
    going.set(place, null);
    wrong(place, "");
    set(place, { error: null });
    block(place, true);
    show(place, "going", "");
    progress(place, 0, "Looking at " + file.name);
    const query = "?name=" + encodeURIComponent(file.name);
    try {
      const address = place.dataset.address || "/uploads";
      if (!place.dataset.address) await send(place, "/uploads/check" + query + "&size=" + file.size, await startOf(file));
      const kept = await send(place, address + query, file, function (fraction) {
        const said = fraction < 1 ? Math.floor(100 * fraction) + " % of " + file.name : "Storing " + file.name;
        progress(place, fraction, said);
      });
      finish(place, kept);
    } catch (reason) {
      const told = typeof reason === "string" ? reason : file.name + " cannot be read on this computer. Choose it again.";
      if (place.isConnected) show(place, "", "");
      wrong(place, told);
    } finally {
      going.delete(place);
      block(place, false);
    }
  }

  function finish(place, kept) {
    if (!place.isConnected) return;
    place.dataset.reference = kept.reference;
    set(place, { value: kept.reference });
    const changes = JSON.parse(place.dataset.changes);
    Object.keys(changes).forEach((id) => libraries.setProps(id, changes[id]));
    show(place, "done", kept.said);
  }

  function clear(place) {
    set(place, { value: "", error: null });
    show(place, "", "");
  }

  /* ---- what people do ---- */

  function choose(place) {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = place.dataset.accept;
    input.onchange = () => input.files.length && upload(place, input.files[0]);
    input.click();
  }

  document.addEventListener("click", function (event) {
    const button = dom.closest(event, PLACE + " button");
    if (!button) return;
    const place = button.closest(PLACE);
    if (button.classList.contains("choose")) choose(place);
    else if (button.classList.contains("clear")) clear(place);
    else if (button.classList.contains("cancel")) going.get(place)?.abort();
  });

  /* A place shows its file, and what was wrong with one, only as long as the input keeps its value. */
  function follow(values, ids) {
    document.querySelectorAll(PLACE).forEach(function (place) {
      const name = JSON.parse(place.dataset.target).name;
      const at = ids.findIndex((id) => id.name === name);
      if (at < 0) return;
      const value = String(values[at] ?? "");
      if (place.dataset.value !== undefined && place.dataset.value !== value) wrong(place, "");
      place.dataset.value = value;
      if (place.dataset.state === "done" && value !== place.dataset.reference) show(place, "", "");
    });
  }

  const placeOf = (event) => dom.closest(event, PLACE);

  for (const kind of /** @type {const} */ (["dragover", "dragleave", "drop"])) {
    document.addEventListener(kind, function (event) {
      const place = placeOf(event);
      if (!place || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      place.classList.toggle("over", kind === "dragover");
      if (kind !== "drop" || going.has(place)) return;
      if (event.dataTransfer.files.length > 1) wrong(place, "These are several files. Drop one.");
      else upload(place, event.dataTransfer.files[0]);
    });
  }

  return { follow };
});
