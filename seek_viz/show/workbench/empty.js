// Where no run is on screen: what to do next, the run that a link asks for, one press away, or the run that begins.

import { el } from "./dom.js";
import { settingsList } from "./header.js";
import { shownIn } from "./link.js";
import { phaseWords, streamOf } from "./progress.js";

export function emptyView(store, { go }) {
  const node = el("div", { class: "nothing-yet" });
  let seen = [null];
  const draw = ({ run, asked, begun, progress }) => {
    node.hidden = Boolean(run);
    const now = run ? [] : [asked, begun, progress];
    if (now.length === seen.length && now.every((value, i) => seen[i] === value)) return;
    seen = now;
    if (run) return node.replaceChildren();
    const doing = progress
      ? [el("p", { role: "status" }, `${phaseWords(progress, null)} …`), el("p", {}, ...streamOf(progress))]
      : [];
    const words = begun ? beginning(begun) : asked ? invitation(asked, progress, go) : nothing();
    node.replaceChildren(...words, ...doing);
  };
  return { node, draw };
}

const nothing = () => [
  el("h2", {}, "No run on screen yet"),
  el("p", {}, "Open a recorded run, or pick a problem and press Start for the chain of thought; then Step or Run."),
];

const beginning = ({ question, settings }) => [
  el("h2", {}, "A new run begins"),
  el("p", { class: "question", dir: "auto" }, question),
  settingsList(settings),
];

function invitation({ question, settings, query }, progress, go) {
  const iteration = shownIn(query).cursor;
  const goal = iteration ? ` It is made here, and shown at iteration ${iteration}.` : " It is made here.";
  return [
    el("h2", {}, "This link asks for a live run"),
    el("p", {}, `The form is filled with it.${goal}`),
    el("p", { class: "question", dir: "auto" }, question),
    settingsList(settings),
    el("button", { type: "button", class: "primary", onclick: go, disabled: Boolean(progress) }, "Run it"),
  ];
}
