// The text that the model wrote at this iteration, what changed in it, and its answer against gold.

import { choice, el, panel, truthMark } from "./dom.js";
import { mark } from "./legend.js";
import { textName, watchedText } from "./progress.js";
import { currentStep } from "./store.js";

const LEGEND = [
  ["prefix", "optimised prefix"],
  ["ins", "changed"],
  ["del", "gone"],
  ["false-equation", "equation that does not hold"],
];

/** @type {Panel} */
export const textPanel = {
  id: "text",
  title: "What the model wrote",
  of: "one",
  create,
  legend: () => [
    [mark("token prefix", "text"), "underlined: read from the optimised latents"],
    [mark("token ins", "text"), "changed since the text that it is compared with"],
    [mark("token del", "text"), "gone since then"],
    [mark("token false-equation", "2+2=5"), "an equation that does not hold"],
    [mark("token special", "<|end|>"), "a special token"],
  ],
  styles: import.meta.resolve("./text.css"),
};

/** @type {Panel["create"]} */
function create(store) {
  const body = el("div", { class: "text-body scroller", tabindex: "0", role: "region", "aria-label": "Decoded text" });
  const answer = el("div", { class: "answer", "aria-live": "polite" });
  const legend = el(
    "p",
    { class: "legend" },
    ...LEGEND.map(([name, words]) => el("span", { class: `token ${name}` }, words)),
  );
  const { node, tools } = panel(textPanel, answer, body, legend);
  const against = choice(
    "Compare with",
    [
      ["previous", "vs previous"],
      ["first", "vs first"],
      ["none", "plain"],
    ],
    (value) => store.set({ against: value }),
  );
  tools.append(against.node);
  body.addEventListener("click", (event) => {
    const token = event.target.closest("[data-position]");
    if (!token) return;
    const position = Number(token.dataset.position);
    store.set({ position: store.get().position === position ? null : position });
  });

  const watch = ({ run, progress }, text) => {
    const words = text ? `${textName(run)} is being written …` : "";
    if (answer.textContent !== words) answer.replaceChildren(el("span", { class: "answer-label" }, words));
    body.replaceChildren(el("span", { class: "stream" }, text));
    body.scrollTop = body.scrollHeight;
  };

  let shown = null; // the step and what it is compared with: a text that is being written may stand in its place
  const drawText = (state) => {
    const text = watchedText(state);
    body.classList.toggle("watched", text !== null);
    const step = text === null ? currentStep(state) : null;
    if (step && shown?.step === step && shown.against === state.against) return;
    shown = { step, against: state.against };
    if (!step) return watch(state, text);
    body.replaceChildren(...piecesOf(step, ...changesOf(state, step)));
    answer.replaceChildren(...answerOf(step, state.run.problem.gold));
  };
  const select = ({ position }) => {
    for (const token of body.querySelectorAll("[data-position]")) {
      token.classList.toggle("selected", Number(token.dataset.position) === position);
    }
  };
  /** @type {Draw[]} */
  const draws = [
    [["against"], (state) => against.show(state.against)],
    [["run", "cursor", "against", "progress"], drawText],
    [["run", "cursor", "against", "progress", "position"], select],
  ];
  return { node, draws };
}

/** @returns {[changes: Change[], old: Step|null]} */
function changesOf({ run, cursor, against }, step) {
  return against === "none" ? [[], null] : [step.diff[against], run.steps[against === "first" ? 0 : cursor - 1]];
}

/**
 * The tokens of a step with what was taken out before them.
 *
 * @param {Step} step
 * @param {Change[]} changes   from another text to this one
 * @param {Step|null} old      the step of the other text; null where what is gone is not shown
 */
export function piecesOf(step, changes, old) {
  const pieces = step.tokens.map((token, t) => tokenOf(token, t, step));
  const wrong = step.equations.filter(([, , holds]) => !holds);
  for (const [first, end] of wrong) for (let t = first; t < end; t++) pieces[t].classList.add("false-equation");
  const gone = new Map();
  for (const [, oldFirst, oldEnd, first, end] of changes) {
    for (let t = first; t < end; t++) pieces[t].classList.add("ins");
    if (old && oldEnd > oldFirst)
      gone.set(first, el("del", { class: "token del" }, old.tokens.slice(oldFirst, oldEnd).join("")));
  }
  const all = pieces.flatMap((piece, t) => (gone.has(t) ? [gone.get(t), piece] : [piece]));
  if (gone.has(pieces.length)) all.push(gone.get(pieces.length));
  return all;
}

function tokenOf(token, t, step) {
  const special = /^<\|.*\|>$/.test(token);
  if (t >= step.num_prefix) return el("span", { class: special ? "token special" : "token" }, token);
  return el("span", { class: "token prefix", "data-position": t }, token);
}

export function answerOf(step, gold) {
  const words = step.answer ?? "none found";
  return [
    el("span", { class: "answer-label" }, "answer"),
    el("strong", { class: `answer-value ${step.truth}` }, truthMark(step.truth), words),
    el("span", { class: "answer-label" }, gold === null ? "gold unknown" : "gold"),
    el("strong", { class: "answer-value" }, gold ?? ""),
  ];
}
