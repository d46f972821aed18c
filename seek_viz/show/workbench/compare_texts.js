// The texts of two runs side by side: what one has and the other has not, or what changed in each.

import { choice, el, number, panel } from "./dom.js";
import { LETTERS, letter } from "./letters.js";
import { runsOf, stepAt } from "./store.js";
import { answerOf, piecesOf } from "./text.js";

/** @type {Panel} */
export const compareTextsPanel = {
  id: "compare-texts",
  title: "What both wrote",
  of: "two",
  instead: ["text"],
  create: textsView,
};

/** @type {Panel["create"]} */
function textsView(store) {
  const sides = LETTERS.map((name, i) => {
    const answer = el("div", { class: "answer" });
    const body = el("div", {
      class: "text-body scroller",
      tabindex: "0",
      role: "region",
      "aria-label": `Text of run ${name}`,
    });
    body.addEventListener("click", (event) => {
      const token = event.target.closest("[data-position]");
      if (token) selectToken(store, Number(token.dataset.position), i);
    });
    const note = el("p", { class: "legend", tabindex: "0" });
    const { node, tools } = panel({ id: `text-${name.toLowerCase()}`, title: `Run ${name} wrote` }, answer, body, note);
    node.classList.add("compare-text");
    node.querySelector("h3").prepend(letter(i), " ");
    return { node, tools, answer, body, note };
  });
  const against = choice(
    "Mark",
    [
      ["other", "differences"],
      ["previous", "vs previous"],
      ["none", "plain"],
    ],
    (value) => store.set({ mark: value }),
  );
  sides[1].tools.append(against.node);
  const node = el("div", { class: "compare-texts" }, ...sides.map((side) => side.node));

  const draw = (state) => {
    const mark = state.mark ?? (state.pair?.same_problem ? "other" : "previous");
    against.show(mark);
    runsOf(state).forEach((run, i) => drawSide(sides[i], run, i, { ...state, mark }));
  };
  /** @type {(keyof State)[]} */
  const texts = ["run", "pinned", "pair", "cursor", "mark"];
  return {
    node,
    draws: [
      [texts, draw],
      [[...texts, "position", "side"], (state) => markToken(sides, state)],
    ],
  };
}

/** Select a position of one run for the panels below, or the whole prefix again. */
function selectToken(store, position, side) {
  const { position: before, side: shown } = store.get();
  store.set({ position: before === position && shown === side ? null : position, side });
}

function markToken(sides, { position, side }) {
  for (const { body } of sides) body.querySelector(".selected")?.classList.remove("selected");
  sides[side].body.querySelector(`[data-position="${position}"]`)?.classList.add("selected");
}

function drawSide({ answer, body, note }, run, i, { cursor, mark, pair }) {
  const step = stepAt(run, cursor);
  if (!step) {
    for (const node of [body, answer]) node.replaceChildren();
    note.replaceChildren("No text yet.");
    return;
  }
  const k = step.iteration;
  const changes = { other: changesTo(i, pair?.diffs[cursor] ?? []), previous: step.diff.previous, none: [] }[mark];
  body.replaceChildren(...piecesOf(step, changes, mark === "previous" ? run.steps[k - 1] : null));
  answer.replaceChildren(...answerOf(step, run.problem.gold));
  const where =
    cursor > k ? `Ended at iteration ${k}, R = ${number(step.reward)}.` : `Iteration ${k}, R = ${number(step.reward)}.`;
  note.replaceChildren(el("strong", {}, where), run.stop?.sentence ?? "Not finished.");
}

/** The diff from A to B, seen from A or from B. */
const changesTo = (i, diff) => (i === 1 ? diff : diff.map(([kind, a, aEnd, b, bEnd]) => [kind, b, bEnd, a, aEnd]));
