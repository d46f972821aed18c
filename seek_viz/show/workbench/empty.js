// Where no run is on screen: what to do next, or the run that a link asks for, one press away.

import { el } from "./dom.js";
import { settingsList } from "./header.js";
import { phaseWords, streamOf } from "./progress.js";

export function emptyView(store, { go }) {
  const node = el("div", { class: "nothing-yet" });
  let seen = null;
  const draw = ({ run, asked, progress }) => {
    node.hidden = Boolean(run);
    if (run || (seen && seen.asked === asked && seen.progress === progress)) return;
    seen = { asked, progress };
    const doing = progress
      ? [el("p", { role: "status" }, `${phaseWords(progress, null)} …`), el("p", {}, ...streamOf(progress))]
      : [];
    node.replaceChildren(...(asked ? invitation(asked, progress, go) : nothing()), ...doing);
  };
  return { node, draw };
}

const nothing = () => [
  el("h2", {}, "No run on screen yet"),
  el("p", {}, "Open a recorded run, or pick a problem and press Start for the chain of thought; then Step or Run."),
];

function invitation({ question, settings, iteration }, progress, go) {
  const goal = iteration ? ` It is made here, and shown at iteration ${iteration}.` : " It is made here.";
  return [
    el("h2", {}, "This link asks for a live run"),
    el("p", {}, `The form is filled with it.${goal}`),
    el("p", { class: "question" }, question),
    settingsList(settings),
    el("button", { type: "button", class: "primary", onclick: go, disabled: Boolean(progress) }, "Run it"),
  ];
}
