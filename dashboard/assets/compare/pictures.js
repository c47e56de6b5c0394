/* Plots as pictures: what a card shows is drawn again as SVG shapes and texts, and from that as PNG. */
cnc.define("pictures", ["dom"], function (dom) {
  "use strict";

  const SCALE = 2; // pixels of a PNG per pixel of the page
  const LINES = { "compare-dot-plot": "across", "compare-bar-of": "upright", "compare-diagonal": "rising" };
  const colours = new Map();
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  /* A colour as every reader of SVG knows it; null where nothing is to be seen. */
  function plain(colour) {
    if (!colours.has(colour)) {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = "transparent";
      pixel.fillStyle = colour;
      pixel.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
      const opacity = alpha === 255 ? "" : ' fill-opacity="' + (alpha / 255).toFixed(3) + '"';
      colours.set(colour, alpha ? { rgb: "rgb(" + [red, green, blue].join(",") + ")", opacity } : null);
    }
    return colours.get(colour);
  }

  function escaped(text) {
    return text.replace(/[&<>"]/g, (sign) => "&#" + sign.charCodeAt(0) + ";");
  }

  function rectangle(box, colour, radius) {
    if (!colour || box.width <= 0 || box.height <= 0) return "";
    const size = ' width="' + box.width.toFixed(2) + '" height="' + box.height.toFixed(2) + '"';
    const place = ' x="' + box.x.toFixed(2) + '" y="' + box.y.toFixed(2) + '"';
    return "<rect" + place + size + (radius ? ' rx="' + radius.toFixed(2) + '"' : "") + ' fill="' + colour.rgb + '"' + colour.opacity + "/>";
  }

  function line(from, to, colour, width) {
    const ends = ' x1="' + from[0].toFixed(2) + '" y1="' + from[1].toFixed(2) + '" x2="' + to[0].toFixed(2) + '" y2="' + to[1].toFixed(2) + '"';
    return colour ? "<line" + ends + ' stroke="' + colour.rgb + '" stroke-width="' + width + '"/>' : "";
  }

  function edges(box, style, radius) {
    const width = (side) => parseFloat(style["border" + side + "Width"]) || 0;
    const sides = ["Top", "Right", "Bottom", "Left"].filter((side) => width(side) && style["border" + side + "Style"] !== "none");
    if (sides.length === 4) {
      const half = width("Top") / 2;
      const colour = plain(style.borderTopColor);
      if (!colour) return "";
      const place = ' x="' + (box.x + half).toFixed(2) + '" y="' + (box.y + half).toFixed(2) + '"';
      const size = ' width="' + Math.max(0, box.width - 2 * half).toFixed(2) + '" height="' + Math.max(0, box.height - 2 * half).toFixed(2) + '"';
      return "<rect" + place + size + ' rx="' + Math.max(0, radius - half).toFixed(2) + '" fill="none" stroke="' + colour.rgb + '" stroke-width="' + 2 * half + '"/>';
    }
    const corners = {
      Top: [[box.x, box.y], [box.x + box.width, box.y]],
      Bottom: [[box.x, box.y + box.height], [box.x + box.width, box.y + box.height]],
      Left: [[box.x, box.y], [box.x, box.y + box.height]],
      Right: [[box.x + box.width, box.y], [box.x + box.width, box.y + box.height]],
    };
    return sides.map((side) => line(...corners[side], plain(style["border" + side + "Color"]), width(side))).join("");
  }

  /* The lines that the page draws as gradients. */
  function guides(element, box) {
    const kind = Object.keys(LINES).find((name) => element.classList.contains(name));
    if (!kind) return "";
    const colour = plain(getComputedStyle(document.documentElement).getPropertyValue("--border").trim());
    const [right, bottom] = [box.x + box.width, box.y + box.height];
    const middle = [box.x + box.width / 2, box.y + box.height / 2];
    if (LINES[kind] === "across") return line([box.x, middle[1]], [right, middle[1]], colour, 1);
    if (LINES[kind] === "upright") return line([middle[0], box.y], [middle[0], bottom], colour, 1);
    return line([box.x, bottom], [right, box.y], colour, 1);
  }

  /* The lines of a text as they are broken on the page, each with its box. */
  function broken(node) {
    const found = [];
    const range = document.createRange();
    for (let place = 0; place < node.data.length; place += 1) {
      range.setStart(node, place);
      range.setEnd(node, place + 1);
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      const last = found[found.length - 1];
      if (last && Math.abs(last.top - box.top) < 2) {
        last.text += node.data[place];
        last.right = box.right;
      } else found.push({ text: node.data[place], left: box.left, right: box.right, top: box.top, bottom: box.bottom });
    }
    return found;
  }

  function texts(node, origin) {
    const style = getComputedStyle(node.parentElement);
    const colour = plain(style.color);
    if (!colour) return "";
    const frame = node.parentElement.getBoundingClientRect();
    const cut = style.overflow === "hidden" && node.parentElement.scrollWidth > node.parentElement.clientWidth;
    const upright = style.writingMode !== "horizontal-tb";
    const font = ' font-size="' + style.fontSize + '" font-weight="' + style.fontWeight + '" fill="' + colour.rgb + '"' + colour.opacity;
    if (upright) {
      const [x, y] = [(frame.left + frame.right) / 2 - origin.left, (frame.top + frame.bottom) / 2 - origin.top];
      const turned = ' transform="rotate(-90 ' + x.toFixed(2) + " " + y.toFixed(2) + ')"';
      return '<text text-anchor="middle" dominant-baseline="central" x="' + x.toFixed(2) + '" y="' + y.toFixed(2) + '"' + turned + font + ">" + escaped(node.data) + "</text>";
    }
    return broken(node)
      .map(function (each) {
        let text = each.text;
        if (cut && each.right > frame.right) {
          const share = (frame.right - each.left) / (each.right - each.left);
          text = text.slice(0, Math.max(1, Math.floor(text.length * share) - 1)) + "\u2026";
        }
        const [x, y] = [each.left - origin.left, (each.top + each.bottom) / 2 - origin.top];
        return '<text dominant-baseline="central" x="' + x.toFixed(2) + '" y="' + y.toFixed(2) + '"' + font + ">" + escaped(text) + "</text>";
      })
      .join("");
  }

  /* A drawing of its own: SVG as it is, a canvas as the picture that it shows. */
  function nested(node, origin) {
    const seen = node.getBoundingClientRect();
    const [x, y] = [seen.left - origin.left, seen.top - origin.top];
    const place = ' x="' + x + '" y="' + y + '" width="' + seen.width + '" height="' + seen.height + '"';
    if (node.tagName === "CANVAS") return "<image" + place + ' href="' + node.toDataURL() + '"/>';
    const inside = Array.from(node.childNodes, (child) => new XMLSerializer().serializeToString(child)).join("");
    return "<svg" + place + ' viewBox="' + node.getAttribute("viewBox") + '">' + inside.replaceAll(' xmlns="http://www.w3.org/2000/svg"', "") + "</svg>";
  }

  function drawn(node, origin) {
    if (node.nodeType === Node.TEXT_NODE) return node.data.trim() ? texts(node, origin) : "";
    if (node.nodeType !== Node.ELEMENT_NODE || node.classList.contains("compare-pictures")) return "";
    const style = getComputedStyle(node);
    if (style.display === "none" || style.visibility === "hidden") return "";
    if (node.tagName === "svg" || node.tagName === "CANVAS") return nested(node, origin);
    const seen = node.getBoundingClientRect();
    const box = { x: seen.left - origin.left, y: seen.top - origin.top, width: seen.width, height: seen.height };
    const least = Math.min(box.width, box.height);
    const corner = style.borderTopLeftRadius;
    const radius = corner.endsWith("%") ? (least * parseFloat(corner)) / 100 : Math.min(parseFloat(corner) || 0, least / 2);
    const own = rectangle(box, plain(style.backgroundColor), radius) + edges(box, style, radius) + guides(node, box);
    const image = node.tagName === "IMG" && node.src.startsWith("data:") ? '<image href="' + node.src + '" x="' + box.x + '" y="' + box.y + '" width="' + box.width + '" height="' + box.height + '" style="image-rendering:pixelated"/>' : "";
    const all = own + image + Array.from(node.childNodes, (child) => drawn(child, origin)).join("");
    return style.opacity === "1" || !all ? all : '<g opacity="' + style.opacity + '">' + all + "</g>";
  }

  function picture(root) {
    const origin = root.getBoundingClientRect();
    const width = Math.ceil(Math.max(root.scrollWidth, origin.width));
    const height = Math.ceil(Math.max(root.scrollHeight, origin.height));
    const ground = plain(getComputedStyle(document.documentElement).getPropertyValue("--surface").trim());
    const size = ' width="' + width + '" height="' + height + '" viewBox="0 0 ' + width + " " + height + '"';
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg"' + size + ' font-family="DejaVu Sans, Arial, sans-serif">' +
      rectangle({ x: 0, y: 0, width, height }, ground, 0) +
      Array.from(root.childNodes, (child) => drawn(child, origin)).join("") +
      "</svg>";
    return { svg, width, height };
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function savePng(found, name) {
    const image = new Image();
    image.onload = function () {
      const canvas = document.createElement("canvas");
      canvas.width = found.width * SCALE;
      canvas.height = found.height * SCALE;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(blob, name));
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(found.svg);
  }

  document.addEventListener("click", function (event) {
    const button = dom.closest(event, ".compare-pictures button");
    if (!button) return;
    const root = button.closest(".compare-card, .histograms");
    const found = picture(root);
    const name = button.closest(".compare-pictures").dataset.name;
    if (button.dataset.kind === "png") savePng(found, name + ".png");
    else save(new Blob([found.svg], { type: "image/svg+xml" }), name + ".svg");
  });
});
