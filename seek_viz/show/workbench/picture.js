// Panels that are no plots as images: an SVG that carries their styles, so that it stands alone, and a PNG of it.
// What scrolls on the page (class "scroller") is whole in the image. Browsers show every such SVG; a panel that
// holds one of class "drawing" gives that in plain SVG, which drawing programs read too.

import { el, svg } from "./dom.js";

const PAD = 20;
const CAPTION = 30;
const NARROWEST = 600; // the caption's line
const MOST_PIXELS = 16_000; // along a side: browsers draw no larger canvas
// biome-ignore lint/suspicious/noControlCharactersInRegex: a model may write what XML may not hold
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const WHOLE = `
.seek-workbench.picture, .seek-workbench.picture :is(*, ::before, ::after) { box-sizing: border-box; }
.seek-workbench.picture .panel { content-visibility: visible; height: auto; border: 0; padding: 0; }
.seek-workbench.picture .panel .scroller { contain: none; overflow: visible; height: auto; max-height: none; flex: none; }
.seek-workbench.picture .choice { border: 0; }
.seek-workbench.picture .choice button:not([aria-pressed="true"]) { display: none; }
`;

/** The panels on screen in an element that hold no plot: `{label, image(format, caption)}`, as `plot.plotsIn`. */
export const panelsIn = (element) =>
  [...element.querySelectorAll(".panel")]
    .filter((panel) => panel.checkVisibility() && !panel.querySelector(".plot"))
    .map((panel) => ({
      label: panel.querySelector("h3").textContent,
      image: (format, caption) => imageOf(element, panel, format, caption),
    }));

async function imageOf(element, panel, format, caption) {
  const drawing = panel.querySelector("svg.drawing");
  const styles = await stylesOf();
  const drawn = drawing?.checkVisibility()
    ? ofDrawing(element, drawing, caption, styles)
    : ofPanel(element, panel, caption, styles);
  const written = new XMLSerializer().serializeToString(drawn).toWellFormed().replace(NO_XML, "\ufffd");
  const address = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(written)}`;
  return format === "svg"
    ? address
    : rastered(address, Number(drawn.getAttribute("width")), Number(drawn.getAttribute("height")));
}

/** An SVG of its own size on the page's paper, with the styles and a caption. */
function sheet(element, width, height, caption, styles, content) {
  const paint = getComputedStyle(element);
  return svg(
    "svg",
    {
      class: "seek-workbench picture",
      "data-theme": element.dataset.theme,
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
    },
    svg("style", {}, styles),
    svg("rect", { width, height, fill: paint.getPropertyValue("--paper") }),
    svg(
      "text",
      {
        x: PAD,
        y: PAD + 8,
        "font-size": 12,
        "font-family": paint.getPropertyValue("--sans"),
        fill: paint.getPropertyValue("--muted"),
      },
      caption,
    ),
    content,
  );
}

function ofDrawing(element, drawing, caption, styles) {
  const { width, height } = drawing.viewBox.baseVal;
  const copy = drawing.cloneNode(true);
  for (const [name, value] of Object.entries({ x: PAD, y: PAD + CAPTION, width, height }))
    copy.setAttribute(name, value);
  return sheet(element, Math.max(NARROWEST, width) + 2 * PAD, height + CAPTION + 2 * PAD, caption, styles, copy);
}

/** The panel is laid out anew, out of sight, at the width that all of it needs. */
function ofPanel(element, panel, caption, styles) {
  const copy = panel.cloneNode(true);
  const menus = panel.querySelectorAll("select");
  copy
    .querySelectorAll("select")
    .forEach((menu, i) => menu.replaceWith(el("span", {}, menus[i].selectedOptions[0]?.textContent ?? "")));
  const frame = el(
    "div",
    { class: "seek-workbench picture", "data-theme": element.dataset.theme, xmlns: "http://www.w3.org/1999/xhtml" },
    copy,
  );
  const stage = el("div", { style: "position: fixed; left: -100000px; top: 0" }, el("style", {}, WHOLE), frame);
  document.body.append(stage);
  try {
    frame.style.width = `${Math.max(NARROWEST, panel.clientWidth)}px`;
    const width = copy.scrollWidth;
    frame.style.width = `${width}px`;
    const height = Math.ceil(copy.getBoundingClientRect().height);
    const inside = svg("foreignObject", { x: PAD, y: PAD + CAPTION, width, height }, frame);
    return sheet(element, width + 2 * PAD, height + CAPTION + 2 * PAD, caption, styles + WHOLE, inside);
  } finally {
    stage.remove();
  }
}

/** The text of the player's style sheets as written. */
async function stylesOf() {
  /** @type {NodeListOf<HTMLLinkElement>} */
  const links = document.querySelectorAll("link[data-seek-styles]");
  const texts = await Promise.all([...links].map(async ({ href }) => (await fetch(href)).text()));
  return texts.join("\n");
}

async function rastered(address, width, height) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const scale = Math.min(2, MOST_PIXELS / Math.max(width, height));
  const canvas = el("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}
