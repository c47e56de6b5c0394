/* A frozen copy: the page as it is now, as one HTML file without scripts that opens without a server.
   Canvases become pictures, grids show all their rows, styles and pictures are inside; nothing in it loads anything. */
cnc.define("frozen", ["libraries"], function (libraries) {
  "use strict";

  const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";
  const LEFT_OUT = [
    "script", "noscript", "template", "link", "meta[http-equiv]", "style", "base", "iframe",
    "[data-portal]", ".shell-skip", ".shell-boot", ".shell-account", ".shell-sharing", "[class*=Notification]",
  ].join(", ");
  const OPENED = `
    html, body { height: auto !important; overflow: auto !important; }
    body * { animation: none !important; transition: none !important; }
    .frozen-told { padding: 8px 18px; font: 13px system-ui, sans-serif; color: #fff; background: #364152; }
    .ag-root-wrapper, .ag-root-wrapper-body, .ag-root { height: auto !important; }
    button, a, input, select, textarea, label { pointer-events: none; }`;

  function frames(number) {
    return new Promise((done) => {
      const next = (left) => (left ? window.requestAnimationFrame(() => next(left - 1)) : done(null));
      next(number);
    });
  }

  /* All rows and columns of every grid while `action` runs. */
  async function withWholeGrids(action) {
    const ids = Array.from(document.querySelectorAll(".ag-root-wrapper"), (root) => root.closest("[id]")?.id);
    const grids = ids.map((id) => id && libraries.grid(id)).filter(Boolean);
    const before = grids.map((grid) => grid.getGridOption("domLayout"));
    grids.forEach((grid) => grid.setGridOption("domLayout", "print"));
    await frames(grids.length ? 6 : 1);
    try {
      return await action();
    } finally {
      grids.forEach((grid, at) => grid.setGridOption("domLayout", before[at] || "normal"));
    }
  }

  function rulesOf(sheet) {
    try {
      return Array.from(sheet.cssRules, (rule) => rule.cssText).join("\n");
    } catch {
      return ""; // of another origin
    }
  }

  function styles() {
    const sheets = [...Array.from(document.styleSheets), ...document.adoptedStyleSheets];
    return sheets.filter((sheet) => !sheet.disabled).map(rulesOf).join("\n");
  }

  async function asData(url) {
    const answer = await fetch(url);
    if (!answer.ok) return "";
    const content = await answer.blob();
    return new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.onerror = () => done("");
      reader.readAsDataURL(content);
    });
  }

  /* What a canvas shows, in an image of the same size and place. */
  function drawCanvases(copy) {
    const copies = copy.querySelectorAll("canvas");
    document.querySelectorAll("canvas").forEach(function (found, at) {
      const canvas = /** @type {any} */ (found);
      const image = document.createElement("img");
      const place = window.getComputedStyle(canvas);
      image.className = canvas.className;
      image.style.cssText = canvas.style.cssText;
      Object.assign(image.style, { width: place.width, height: place.height, display: place.display });
      image.alt = canvas.getAttribute("aria-label") || "";
      if (canvas.width && canvas.height) image.src = canvas.toDataURL("image/png");
      copies[at].replaceWith(image);
    });
  }

  /* Values that people have typed or chosen are no attributes yet. */
  function writeInputs(copy) {
    const copies = copy.querySelectorAll("input, textarea, select");
    document.querySelectorAll("input, textarea, select").forEach(function (field, at) {
      const other = copies[at];
      other.setAttribute("tabindex", "-1");
      if (field instanceof HTMLInputElement) {
        if (field.type === "password" || field.type === "hidden") return other.removeAttribute("value");
        other.setAttribute("value", field.value);
        other.toggleAttribute("checked", field.checked);
      } else if (field instanceof HTMLTextAreaElement) other.textContent = field.value;
      return undefined;
    });
  }

  /* Pictures inside the file; thumbnails of instances only by choice. */
  async function keepPictures(copy, thumbnails) {
    const images = Array.from(copy.querySelectorAll("img"));
    await Promise.all(
      images.map(async function (image) {
        const source = image.getAttribute("src") || "";
        image.removeAttribute("srcset");
        image.removeAttribute("loading");
        if (!source || source.startsWith("data:")) return;
        const instance = new URL(source, window.location.href).pathname.startsWith("/instances/");
        const data = instance && !thumbnails ? "" : await asData(source).catch(() => "");
        if (data) image.setAttribute("src", data);
        else {
          image.removeAttribute("src");
          image.alt = "picture left out";
        }
      }),
    );
    copy.querySelectorAll("image, use").forEach(function (part) {
      const source = part.getAttribute("href") || part.getAttribute("xlink:href") || "";
      if (source && !source.startsWith("data:") && !source.startsWith("#")) part.remove();
    });
  }

  /* Nothing that runs or leads into the server that made the copy. */
  function disarm(copy) {
    copy.querySelectorAll(LEFT_OUT).forEach((part) => part.remove());
    copy.querySelectorAll("*").forEach(function (part) {
      for (const name of part.getAttributeNames()) if (name.startsWith("on")) part.removeAttribute(name);
    });
    copy.querySelectorAll("a[href], form[action]").forEach(function (part) {
      part.removeAttribute("href");
      part.removeAttribute("action");
    });
    copy.querySelectorAll("button").forEach((part) => part.setAttribute("tabindex", "-1"));
  }

  function told(version, at) {
    const line = document.createElement("div");
    line.className = "frozen-told";
    line.setAttribute("role", "note");
    line.textContent = `Frozen copy of ${window.location.href}, made ${at} with Compress and Compare ${version}. It does not change.`;
    return line;
  }

  function headOf(copy) {
    const head = copy.querySelector("head");
    const marks = [["charset", "utf-8"], ["name", "viewport", "content", "width=device-width, initial-scale=1"]];
    head.querySelectorAll("meta").forEach((one) => one.remove());
    const meta = (/** @type {string[]} */ parts) => {
      const one = document.createElement("meta");
      for (let at = 0; at < parts.length; at += 2) one.setAttribute(parts[at], parts[at + 1]);
      return one;
    };
    const style = document.createElement("style");
    style.textContent = styles() + OPENED;
    head.prepend(...marks.map(meta), meta(["http-equiv", "Content-Security-Policy", "content", POLICY]));
    head.append(style);
  }

  /* The whole file. */
  function written(version, thumbnails) {
    return withWholeGrids(async function () {
      const copy = /** @type {HTMLElement} */ (document.documentElement.cloneNode(true));
      drawCanvases(copy);
      writeInputs(copy);
      await keepPictures(copy, thumbnails);
      disarm(copy);
      headOf(copy);
      copy.querySelector("body").prepend(told(version, new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC"));
      return "<!doctype html>\n" + copy.outerHTML;
    });
  }

  function save(text) {
    const words = window.location.pathname.split("/").filter((word) => word && word !== "p");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/html" }));
    link.download = ["frozen", ...words, new Date().toISOString().slice(0, 10)].join("-") + ".html";
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  cnc.callbacks("frozen", {
    download: async function (clicks, thumbnails, version) {
      if (!clicks) return libraries.unchanged();
      const text = await written(version, thumbnails);
      save(text);
      return `Saved, ${(text.length / 1e6).toFixed(1)} MB. It opens in any browser, without a server.`;
    },
  });
});
