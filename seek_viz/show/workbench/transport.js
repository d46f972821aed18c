// The one cursor: a strip of iterations that is slider and truth strip at once, and its buttons.

import { el, number, svg, truthMark } from "./dom.js";
import { LETTERS } from "./letters.js";
import { comparing, currentStep, lastIteration, moveCursor, runsOf, stepAt } from "./store.js";

const ICONS = {
  first: "M4 4v12M16 4.5v11L7 10z",
  back: "M13.5 4.5v11L5 10z",
  play: "M6 4v12l10-6z",
  pause: "M6.5 4.5v11M13.5 4.5v11",
  forward: "M6.5 4.5v11L15 10z",
  last: "M16 4v12M4 4.5v11l9-5.5z",
};
const SPEEDS = [0.5, 1, 2, 4];

/** @type {Panel} */
export const transportPanel = { id: "transport", title: "Iteration cursor", of: "all", create };

/** @type {Panel["create"]} */
function create(store, { help }) {
  const counter = el("p", { class: "counter", "aria-live": "polite" });
  const reward = el("p", { class: "counter-reward" });
  const button = (icon, label, act) =>
    el("button", { type: "button", "aria-label": label, title: label, onclick: act }, iconOf(icon));
  const step = (by) => () => moveCursor(store, store.get().cursor + by);
  const play = button("play", "Play (Space)", () => togglePlay(store));
  const buttons = el(
    "div",
    { class: "buttons", role: "group", "aria-label": "Move the cursor" },
    button("first", "First iteration (Home)", () => moveCursor(store, 0)),
    button("back", "One iteration back (←)", step(-1)),
    play,
    button("forward", "One iteration forward (→)", step(1)),
    button("last", "Newest iteration (End)", () => moveCursor(store, lastIteration(store.get()))),
  );
  const speeds = SPEEDS.map((speed) => el("option", { value: speed, selected: speed === 1 }, `${speed} / s`));
  const speed = el(
    "select",
    { "aria-label": "Iterations a second", onchange: () => store.set({ speed: Number(speed.value) }) },
    ...speeds,
  );
  const strip = stripOf(store);
  const more = el(
    "div",
    { class: "more" },
    speed,
    el("button", { type: "button", "aria-label": "Keys and colours (?)", onclick: help }, "?"),
  );
  const node = el(
    "section",
    { class: "transport", "aria-label": transportPanel.title },
    el("div", { class: "readout" }, counter, reward),
    buttons,
    strip.node,
    more,
  );

  const drawCounter = (state) => {
    const total = lastIteration(state) + 1 ? String(stripEnd(runsOf(state))) : "–";
    counter.replaceChildren("iteration ", el("strong", {}, String(state.cursor)), ` / ${total}`);
    const rewards = runsOf(state).map((run) => number(stepAt(run, state.cursor)?.reward));
    reward.textContent = comparing(state) ? `R  A ${rewards[0]}  B ${rewards[1]}` : `R = ${rewards[0]}`;
  };
  const drawPlay = ({ playing }) => {
    play.replaceChildren(iconOf(playing ? "pause" : "play"));
    play.setAttribute("aria-label", playing ? "Pause (Space)" : "Play (Space)");
  };
  return { node, draws: [[["run", "pinned", "cursor"], drawCounter], [["playing"], drawPlay], ...strip.draws] };
}

/** Last slot of the strip: the newest iteration, or K while K is few. */
const stripEnd = (runs) =>
  Math.max(
    ...runs.map((run) => Math.max(run.steps.length - 1, run.stop || run.max_updates > 30 ? 0 : run.max_updates)),
  );

const iconOf = (name) => svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));

/** Start to play, from the beginning where the cursor stands at the end; or pause. */
export function togglePlay(store) {
  const { playing, cursor } = store.get();
  const last = lastIteration(store.get());
  if (last < 1) return;
  if (!playing && cursor === last) moveCursor(store, 0);
  store.set({ playing: !playing });
}

/** Moves the cursor while `playing`; a finished run pauses at its end, a live one waits there. */
export function startClock(store) {
  let timer = null;
  return store.subscribe((state, changed) => {
    if (!["playing", "speed"].some((key) => changed.has(key))) return;
    clearInterval(timer);
    if (!state.playing) return;
    timer = setInterval(() => {
      const { cursor } = store.get();
      const last = lastIteration(store.get());
      if (cursor < last) moveCursor(store, cursor + 1);
      if (store.get().cursor === last && runsOf(store.get()).every(({ stop }) => stop)) store.set({ playing: false });
    }, 1000 / state.speed);
  });
}

function stripOf(store) {
  const node = el("div", {
    class: "strip",
    role: "slider",
    tabindex: "0",
    "aria-label": "Iteration",
    "aria-valuemin": "0",
  });
  let slots = [];
  const pick = (event) => {
    const { left, width } = node.getBoundingClientRect();
    moveCursor(store, Math.floor(((event.clientX - left) / width) * slots.length));
  };
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    pick(event);
  });
  node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && pick(event));

  const build = (state) => {
    const runs = runsOf(state);
    slots = Array.from({ length: stripEnd(runs) + 1 }, (_, k) => slotOf(runs, k));
    node.replaceChildren(...slots);
    node.classList.toggle("dense", slots.length > 16);
    node.classList.toggle("packed", slots.length > 50);
    node.setAttribute("aria-valuemax", String(Math.max(0, lastIteration(state))));
  };
  const place = (state) => {
    const { cursor } = state;
    const runs = runsOf(state);
    slots.forEach((slot, k) => {
      slot.classList.toggle("here", k === cursor);
      slot.classList.toggle("ahead", k > cursor);
    });
    const said = runs
      .map((run) => stepAt(run, cursor))
      .map((step, i) =>
        step ? `${runs.length > 1 ? `${LETTERS[i]} ` : ""}reward ${number(step.reward)}, answer ${step.truth}` : "",
      );
    const words = currentStep(state) ? `iteration ${cursor}, ${said.filter(Boolean).join("; ")}` : "no iteration yet";
    node.setAttribute("aria-valuenow", String(cursor));
    node.setAttribute("aria-valuetext", words);
  };
  /** @type {Draw[]} */
  const draws = [
    [["run", "pinned"], build],
    [["run", "pinned", "cursor"], place],
  ];
  return { node, draws };
}

/** One iteration of the strip: a mark for each run, and what the run thought of it where there is one run. */
function slotOf(runs, k) {
  const [run] = runs;
  const tags =
    runs.length > 1 ? [] : [k === run.best ? "best" : null, k === run.returned ? "returned" : null].filter(Boolean);
  const steps = runs.map(({ steps: all }) => all[k]);
  return el(
    "span",
    { class: steps.some(Boolean) ? "slot" : "slot to-come" },
    el("span", { class: "slot-number" }, String(k)),
    ...steps.map((step) => (step ? truthMark(step.truth) : el("span", { class: "slot-dot" }))),
    el("span", { class: "slot-tag" }, tags.join(", ")),
  );
}
