// The card of keys and marks: those of the page, then each panel's own, as it declares them.

import { el, truthMark } from "./dom.js";
import { KEYS } from "./keys.js";
import { legendList, mark } from "./legend.js";
import { PANELS } from "./panels.js";

/** @returns {Legend[]} */
const everywhere = () => [
  [truthMark("right"), "the answer is right, by the gold answer"],
  [truthMark("wrong"), "it is wrong"],
  [truthMark("undecided"), "it could not be compared with the gold answer in time"],
  [truthMark("unknown"), "there is no gold answer to compare with"],
  [mark("colour here"), "blue: where you are, and the position that is selected"],
  [mark("colour reward"), "violet: reward, pale is low, full is high; what a verifier took away"],
  [mark("colour change"), "amber: change; the deeper, the nearer to changing"],
  [el("span", { class: "legend-ahead" }, truthMark("right")), "pale: still to come, after the cursor"],
];

/** @returns {Legend[]} */
const keys = () =>
  [...KEYS, ...PANELS.flatMap((panel) => panel.keys ?? [])].map(([key, words]) => [el("kbd", {}, key), words]);

/** Words that a newcomer does not know, each explained once: the page's, the panels', the settings' and rewards'. */
const wordsOf = (run) => ({
  Start: "a new run, up to its plain chain of thought; Step and Run go on from there",
  ...Object.assign({}, ...PANELS.map(({ words }) => words)),
  ...run?.glossary,
});

/** @returns {{node: HTMLDialogElement, open: () => void, toggle: () => void}} */
export function createHelp(store) {
  const section = (title, rows) => el("section", {}, el("h3", {}, title), legendList(rows));
  const ofPanels = PANELS.filter(({ legend }) => legend).map(({ title, legend }) => section(title, legend()));
  const words = section("Words", []);
  const sections = [section("Keys", keys()), section("Everywhere", everywhere()), words, ...ofPanels];
  const node = el(
    "dialog",
    { class: "card help", "aria-label": "Keys and colours" },
    el("div", { class: "help-sections" }, ...sections),
    el("button", { type: "button", onclick: () => node.close() }, "Close"),
  );
  const open = () => {
    const explained = Object.entries(wordsOf(store.get().run));
    words.lastChild.replaceWith(legendList(explained.map(([word, meaning]) => [mark("", word), meaning])));
    node.showModal();
    node.scrollTop = 0; // its one button, which has the focus then, is at the end
  };
  return { node, open, toggle: () => (node.open ? node.close() : open()) };
}
