// What is going on: the phase of a live run, or why a finished one stopped, and where to look.

import { el } from "./dom.js";
import { moveCursor } from "./store.js";

const PHASES = {
  loading: "Loading the model",
  decoding: "Decoding",
  judging: "Judging",
  updating: "Pushing the latents",
  mapping: "Mapping the decode regions",
};
const TAIL = 140;

export function storyView(store) {
  const sentence = el("p", { class: "sentence", role: "status", tabindex: "0" });
  const flags = el("div", { class: "flags", role: "group", "aria-label": "Look here" });
  const node = el("section", { class: "story", "aria-label": "What happened" }, sentence, flags);

  const draw = ({ run, progress, cursor }, changed) => {
    if (!run) return;
    if (changed.has("run") || changed.has("progress")) {
      sentence.replaceChildren(...(progress ? progressLine(progress) : [statusOf(run)]));
      node.classList.toggle("busy", Boolean(progress));
    }
    if (changed.has("run")) flags.replaceChildren(...run.flags.map((flag) => flagButton(store, flag)));
    if (changed.has("run") || changed.has("cursor")) {
      for (const button of flags.children) button.classList.toggle("here", Number(button.dataset.iteration) === cursor);
    }
  };
  return { node, draw };
}

export function progressLine({ phase, text }) {
  const tail = text.length > TAIL ? `…${text.slice(-TAIL)}` : text;
  return [el("strong", {}, `${PHASES[phase] ?? phase} … `), el("span", { class: "stream" }, tail)];
}

function statusOf(run) {
  if (run.stop) return el("span", {}, el("strong", {}, "Why it stopped. "), run.stop.sentence);
  if (!run.steps.length) return el("span", {}, "Waiting for the first text, the plain chain of thought.");
  return el("span", {}, `Not finished: ${run.steps.length - 1} of at most ${run.max_updates} updates made.`);
}

function flagButton(store, { iteration, kind, text }) {
  return el(
    "button",
    {
      type: "button",
      class: "flag",
      "data-kind": kind,
      "data-iteration": iteration,
      onclick: () => moveCursor(store, iteration),
    },
    el("span", { class: "flag-iteration" }, String(iteration)),
    text,
  );
}
