// Keys and colours, on one card.

import { el, truthMark } from "./dom.js";

const KEYS = [
  ["→ ←", "one iteration forward, back"],
  ["Space", "play, pause"],
  ["Home End", "first, newest iteration"],
  ["?", "this card"],
  ["Tab", "to the grid of tokens; arrows walk in it, Enter selects"],
];
const COLOURS = [
  ["reward", "reward: pale is low, full is high; what a verifier took away"],
  ["change", "a token that changed; the deeper, the nearer to changing"],
  ["here", "where you are: iteration, position"],
];

/** @returns {{node: HTMLDialogElement, open: () => void, toggle: () => void}} */
export function createHelp() {
  const keys = KEYS.map(([key, words]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, words)));
  const colours = COLOURS.map(([name, words]) => el("div", {}, el("dt", {}, el("span", { class: `colour ${name}` })), el("dd", {}, words)));
  const truths = [true, false, null].map((correct) =>
    el("div", {}, el("dt", {}, truthMark(correct)), el("dd", {}, correct === null ? "no gold answer to compare with" : `the answer is ${correct ? "right" : "wrong"}, by the gold answer`)),
  );
  const node = el(
    "dialog",
    { class: "card help", "aria-label": "Keys and colours" },
    el("h3", {}, "Keys"),
    el("dl", {}, ...keys),
    el("h3", {}, "Colours"),
    el("dl", {}, ...truths, ...colours),
    el("button", { type: "button", onclick: () => node.close() }, "Close"),
  );
  const open = () => node.showModal();
  return { node, open, toggle: () => (node.open ? node.close() : open()) };
}
