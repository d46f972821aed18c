// What is going on: the phase of a live run, or why a finished one stopped, and where to look.

import { el } from "./dom.js";
import { phaseWords, streamOf, timeWords } from "./progress.js";
import { moveCursor } from "./store.js";

const SPEAK_MS = 1500;

/** @type {Panel} */
export const storyPanel = { id: "story", title: "What happened", of: "one", create };

/** @type {Panel["create"]} */
function create(store) {
  const sentence = el("p", { class: "sentence", tabindex: "0" });
  const spoken = el("p", { class: "spoken", role: "status" });
  const time = el("span", { class: "busy-time" });
  const stream = el("p", { class: "busy-stream" });
  const now = el("div", { class: "now" }, sentence, time, stream, spoken);
  const flags = el("div", { class: "flags", role: "group", "aria-label": "Look here" });
  const node = el("section", { class: "story", "aria-label": storyPanel.title }, now, flags);
  const say = speaker(spoken);
  ticking(store, node, time);

  const drawStatus = ({ run, progress }) => {
    node.classList.toggle("busy", Boolean(progress));
    sentence.replaceChildren(progress ? el("strong", {}, phaseWords(progress, run)) : statusOf(run));
    say(sentence.textContent);
    stream.replaceChildren(...(progress ? streamOf(progress) : []));
  };
  const drawFlags = ({ run }) => flags.replaceChildren(...run.flags.map((flag) => flagButton(store, flag)));
  const markFlags = ({ cursor }) => {
    for (const button of flags.children) button.classList.toggle("here", Number(button.dataset.iteration) === cursor);
  };
  return {
    node,
    draws: [
      [["run", "progress"], drawStatus],
      [["run"], drawFlags],
      [["run", "cursor"], markFlags],
    ],
  };
}

/** Who listens hears what is new, and of what changes faster than it can be said the last. */
function speaker(status) {
  let [spokenAt, timer] = [-SPEAK_MS, null];
  const speak = (words) => {
    if (status.textContent !== words) status.textContent = words;
    spokenAt = performance.now();
  };
  return (words) => {
    clearTimeout(timer);
    const wait = spokenAt + SPEAK_MS - performance.now();
    if (wait <= 0) speak(words);
    else timer = setTimeout(() => speak(words), wait);
  };
}

/** The time runs on between two messages, while something is going on and the line is on the page. */
function ticking(store, node, time) {
  let timer = null;
  const show = () => {
    const { progress } = store.get();
    time.textContent = progress ? timeWords(progress) : "";
    if (timer && !(progress && node.isConnected)) timer = clearInterval(timer);
  };
  store.subscribe(({ progress }, changed) => {
    if (!changed.has("progress")) return;
    show();
    if (progress && !timer) timer = setInterval(show, 1000);
  });
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
