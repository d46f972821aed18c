// Building the page. Every text goes in as a text node: what a model wrote is shown, never parsed.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * An element; strings among the children become text nodes.
 *
 * @param {string} tag
 * @param {Record<string, any>} attributes   `onclick` and the like are listeners
 * @param {...(Node|string|null)} children
 */
export const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

/**
 * A panel's frame: its heading, a place for controls, and what it holds.
 *
 * @param {{id: string, title: string}} declared
 * @param {...(Node|string)} children
 */
export function panel({ id: name, title }, ...children) {
  const tools = el("div", { class: "tools" });
  const id = `seek-${name}-title`;
  const head = el("div", { class: "panel-head" }, el("h3", { id }, title), tools);
  const node = el("section", { class: `panel ${name}`, "aria-labelledby": id }, head, ...children);
  return { node, tools };
}

/**
 * A row of buttons of which one is pressed.
 *
 * @param {string} label
 * @param {[any, string][]} choices   value and words
 * @param {(value: any) => void} choose
 */
export function choice(label, choices, choose) {
  const buttons = choices.map(([value, words]) =>
    el("button", { type: "button", onclick: () => choose(value) }, words),
  );
  const node = el("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
  const show = (current) =>
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(choices[i][0] === current)));
  return { node, buttons, show };
}

const MARKS = {
  right: ["M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0", "M5.2 8.2l2 2 3.6-4.2"],
  wrong: ["M4 4l8 8M12 4l-8 8", null],
  undecided: ["M3.5 3.5h9v9h-9z", null],
  unknown: ["M8 2.5l5.5 5.5L8 13.5 2.5 8z", null],
};

/** The truth of an answer (right, wrong, undecided, unknown) as hue and shape: the shapes are those of the plots. */
export function truthMark(name) {
  const [shape, inner] = MARKS[name];
  return svg(
    "svg",
    { viewBox: "0 0 16 16", class: `truth-mark ${name}`, role: "img", "aria-label": name },
    svg("path", { d: shape, class: "shape" }),
    inner ? svg("path", { d: inner, class: "inner" }) : null,
  );
}

/** A number as people read it: true minus sign, an en dash where there is none. */
export function number(value, decimals = 2) {
  return value === null || value === undefined ? "–" : value.toFixed(decimals).replace("-", "−");
}

const EDGE = 48; // pixels kept free before what is revealed, so that a sticky head does not cover it
const AFTER = { top: "bottom", left: "right" };
const SCROLLED = { top: "scrollTop", left: "scrollLeft" };

/**
 * Scroll a box, never the page, until a part of it is seen. It waits for the next frame, when every panel has been
 * drawn: to measure earlier would lay out the page once for each panel that asks.
 *
 * @param {Element} scroller
 * @param {() => Element|null|undefined} target   found when the frame comes
 * @param {("top"|"left")[]} sides                the ways it may scroll
 */
export function reveal(scroller, target, sides) {
  requestAnimationFrame(() => {
    const box = target()?.getBoundingClientRect();
    const view = box && scroller.getBoundingClientRect();
    for (const side of box ? sides : []) {
      const before = box[side] - view[side] - EDGE;
      const after = box[AFTER[side]] - view[AFTER[side]] + 8;
      if (before < 0) scroller[SCROLLED[side]] += before;
      else if (after > 8) scroller[SCROLLED[side]] += after;
    }
  });
}
