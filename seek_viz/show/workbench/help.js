// Keys, and the legend of every view: each mark as the views draw it, with its meaning in words.

import { el, svg, truthMark } from "./dom.js";
import { SIGNS } from "./progress.js";
import { visible } from "./tokens.js";

const KEYS = [
  ["→ ←", "one iteration forward, back"],
  ["Space", "play, pause"],
  ["Home End", "first, newest iteration"],
  ["?", "this card"],
  ["Tab", "to the grid of tokens; arrows walk in it, Enter selects"],
];

const mark = (name, text = "") => el("span", { class: name }, text);
const drawn = (...shapes) => svg("svg", { viewBox: "0 0 40 20", class: "legend-sign", "aria-hidden": "true" }, ...shapes);
const disc = (name, r = 6) => svg("circle", { class: name, cx: 20, cy: 10, r });
const bars = () => el("span", { class: "legend-bars" }, ...[0, 1, 2, 3].map((part) => el("span", { class: "swatch", "data-part": part })));

/** Heading -> [mark, what it means]; made anew for each card, as a node stands in one place. */
const LEGENDS = () => [
  ["Everywhere", [
    [truthMark("right"), "the answer is right, by the gold answer"],
    [truthMark("wrong"), "it is wrong"],
    [truthMark("undecided"), "it could not be compared with the gold answer in time"],
    [truthMark("unknown"), "there is no gold answer to compare with"],
    [mark("colour here"), "blue: where you are, and the position that is selected"],
    [mark("colour reward"), "violet: reward, pale is low, full is high; what a verifier took away"],
    [mark("colour change"), "amber: change; the deeper, the nearer to changing"],
    [el("span", { class: "legend-ahead" }, truthMark("right")), "pale: still to come, after the cursor"],
  ]],
  ["What the model wrote", [
    [mark("token prefix", "text"), "underlined: read from the optimised latents"],
    [mark("token ins", "text"), "changed since the text that it is compared with"],
    [mark("token del", "text"), "gone since then"],
    [mark("token false-equation", "2+2=5"), "an equation that does not hold"],
    [mark("token special", "<|end|>"), "a special token"],
  ]],
  ["Reward", [
    [bars(), "what each verifier takes off R, in the order of their list"],
    [drawn(svg("path", { class: "legend-line reward", d: "M2 15L20 5L38 9" })), "R from iteration to iteration"],
    [drawn(svg("path", { class: "legend-line dashed", d: "M2 10h36" })), "the threshold τ: the run stops above it"],
    [drawn(svg("path", { class: "legend-line here", d: "M20 1v18" }), disc("ring here", 7)), "the iteration under the cursor"],
  ]],
  ["Path of the latents", [
    [drawn(disc("fill low"), svg("path", { class: "legend-line", d: "M26 10h12" })), "an iterate whose answer is right; its colour is R"],
    [drawn(svg("path", { class: "fill high", d: "M14 6l3-3 3 3 3-3 3 3-3 4 3 4-3 3-3-3-3 3-3-3 3-4z" })), "one whose answer is wrong"],
    [drawn(svg("path", { class: "fill high", d: "M20 2l8 8-8 8-8-8z" })), "one whose answer cannot be compared"],
    [drawn(svg("path", { class: "legend-line here", d: "M2 14L18 7L38 10" })), "the way so far"],
  ]],
  ["Tokens of the optimised prefix", [
    [mark("cell-sample flipped", "token"), "outlined: flipped, another token in its place than an iteration before"],
    [mark("cell-sample shifted", "token"), "cornered: shifted, the same token, moved because the text before it grew or shrank"],
    [mark("cell-sample fragile", "token"), "amber: the runner-up is near, by logits"],
    [mark("cell-sample", "token"), "grey: it is far"],
    [mark("cell-sample flipped legend-later", "token"), "dashed: it flips after the cursor"],
    [mark("cell-sample legend-chosen", "token"), "the selected position"],
    [mark("cell-sample", visible(" 5")), "a space before it; ⇥ is a tab, ⏎ a line break, ⍽ a no-break space"],
    [mark("cell-sample", visible("\u200b")), "a character that cannot be seen, by its short name or code"],
    [mark("cell-sample", "⟨F0 9F⟩"), "some of the bytes of one character; its other tokens hold the rest"],
  ]],
  ["Verdicts", [
    [mark("ruling approve", SIGNS.approve), "approves"],
    [mark("ruling reject", SIGNS.reject), "rejects: its weight is taken off R"],
    [mark("ruling unparsable", SIGNS.unparsable), "no verdict could be read; it counts like a rejection"],
    [mark("ruling no_room", SIGNS.no_room), "not judged: the model's context was full; it counts for nothing"],
    [mark("ruling writing", "…"), "still writing, in a live run"],
  ]],
  ["Inside one step", [
    [mark("station busy legend-station", "Judge"), "what a live run is doing now"],
    [moved(), "a probability: the tick before the step, the bar after it"],
    [mark("", "xₜ"), "the action: the argmax (greedy) token, not a sample, so the gradient is a one-sample estimate at the mode"],
    [mark("", "‖∇loss‖"), "norm of the gradient of −R Σ log π(xₜ): −R (eₓ − π) W at each position, before any clipping"],
    [mark("legend-next", "next"), "at iteration 0: the step that comes next"],
  ]],
  ["Decode regions", [
    [drawn(svg("g", { class: "region-dot" }, disc("region hue-0", 7))), "an iterate; the slice shows the token that it reads"],
    [drawn(svg("g", { class: "region-dot" }, svg("path", { class: "region hue-1", d: "M20 1l9 9-9 9-9-9z" }))), "an iterate off the slice, which shows another token there"],
    [drawn(svg("path", { class: "region-border", d: "M2 16h14v-8h22" })), "a border between two tokens: to cross it is to flip"],
    [drawn(svg("path", { class: "region-move carried", d: "M2 10h36" })), "the text before the position changed too, and moved the point"],
  ]],
  ["Rollout tree", [
    [el("mark", {}, "token"), "the token at which texts part"],
    [mark("tree-number", "3"), "an iteration that ends there"],
  ]],
  ["Two runs", [
    [mark("letter a", "A"), "dotted: the pinned run"],
    [mark("letter", "B"), "the run that was opened after it"],
  ]],
];

function moved() {
  const bar = el("span", { class: "bar" });
  bar.style.setProperty("--before", "0.7");
  bar.style.setProperty("--after", "0.35");
  return el("span", { class: "moves legend-moves" }, bar);
}

const listOf = (rows) => el("dl", {}, ...rows.map(([sign, words]) => el("div", {}, el("dt", {}, sign), el("dd", {}, words))));

/** @returns {{node: HTMLDialogElement, open: () => void, toggle: () => void}} */
export function createHelp() {
  const keys = KEYS.map(([key, words]) => [el("kbd", {}, key), words]);
  const sections = [["Keys", keys], ...LEGENDS()].map(([title, rows]) => el("section", {}, el("h3", {}, title), listOf(rows)));
  const node = el(
    "dialog",
    { class: "card help", "aria-label": "Keys and colours" },
    el("div", { class: "help-sections" }, ...sections),
    el("button", { type: "button", onclick: () => node.close() }, "Close"),
  );
  const open = () => node.showModal();
  return { node, open, toggle: () => (node.open ? node.close() : open()) };
}
