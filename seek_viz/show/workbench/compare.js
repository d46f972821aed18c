// Two runs under one cursor: what differs, both texts, reward curves, paths and verdicts; below, the panels of one
// of them. A is the pinned run, B the one that was opened after it; a run that has ended stands at its last text.

import { choice, el, number, panel } from "./dom.js";
import { badge, labels } from "./header.js";
import { walkSentence } from "./path.js";
import { createPlot } from "./plot.js";
import { failed } from "./reward.js";
import { moveCursor, oneRun, runsOf, stepAt } from "./store.js";
import { answerOf, piecesOf } from "./text.js";
import { verdictsView } from "./verdicts.js";

const LETTERS = ["A", "B"];

/** The letter of a run, with the dash of its line. */
const letter = (i) => el("span", { class: `letter ${LETTERS[i].toLowerCase()}` }, LETTERS[i]);

export const compareHeaderPanel = {
  id: "compare-header",
  title: "Two runs, one cursor",
  of: "two",
  instead: ["header"],
  create: headerView,
  legend: () => [
    [letter(0), "dotted: the pinned run"],
    [letter(1), "the run that was opened after it"],
  ],
  styles: import.meta.resolve("./compare.css"),
};

function headerView(store, { share, pin }) {
  const cards = el("div", { class: "compare-cards" });
  const table = el("table", { class: "differences" });
  const actions = el(
    "div",
    { class: "actions" },
    ...(pin ? [el("button", { type: "button", onclick: () => pin("") }, "Unpin A")] : []),
    el("button", { type: "button", onclick: share }, "Share, save"),
  );
  const node = el("header", { class: "run-header compare-header" }, el("div", { class: "header-top" }, el("h2", {}, compareHeaderPanel.title), actions), cards, table);
  const draw = (state) => {
    const same = state.pair?.same_problem;
    cards.replaceChildren(...runsOf(state).map((run, i) => cardOf(run, i)), ...(same ? [problemOf(state.run)] : []));
    cards.classList.toggle("same", Boolean(same));
    table.replaceChildren(...(state.pair ? differencesOf(state.pair.differences) : []));
  };
  return { node, draws: [[["run", "pinned", "pair"], draw]] };
}

function cardOf(run, i) {
  return el("section", { class: "compare-card", "aria-label": `Run ${LETTERS[i]}` }, el("div", { class: "labels" }, letter(i), badge(run.origin), ...labels(run)), el("p", { class: "run-title" }, run.title), problemOf(run));
}

function problemOf({ problem }) {
  return el("div", { class: "problem" }, el("p", { class: "question", tabindex: "0" }, problem.question), el("p", { class: "gold" }, el("span", {}, "gold answer"), el("strong", {}, problem.gold ?? "unknown")));
}

function differencesOf(differences) {
  if (!differences.length) return [el("caption", {}, "The settings are the same.")];
  const rows = differences.map(({ name, values, gloss }) =>
    el("tr", { title: gloss || null }, el("th", { scope: "row" }, name), ...values.map((value) => el("td", {}, String(value)))),
  );
  const head = el("tr", {}, el("th", { scope: "col" }, "what differs"), ...LETTERS.map((_, i) => el("th", { scope: "col" }, letter(i))));
  return [el("thead", {}, head), el("tbody", {}, ...rows)];
}

/** Both texts, side by side: what one has and the other has not, or what changed in each. */
export const compareTextsPanel = { id: "compare-texts", title: "What both wrote", of: "two", instead: ["text"], create: textsView };

function textsView(store) {
  const sides = LETTERS.map((name, i) => {
    const answer = el("div", { class: "answer" });
    const body = el("div", { class: "text-body scroller", tabindex: "0", role: "region", "aria-label": `Text of run ${name}` });
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
  const against = choice("Mark", [["other", "differences"], ["previous", "vs previous"], ["none", "plain"]], (value) => store.set({ mark: value }));
  sides[1].tools.append(against.node);
  const node = el("div", { class: "compare-texts" }, ...sides.map((side) => side.node));

  const draw = (state) => {
    const mark = state.mark ?? (state.pair?.same_problem ? "other" : "previous");
    against.show(mark);
    runsOf(state).forEach((run, i) => drawSide(sides[i], run, i, { ...state, mark }));
  };
  const texts = ["run", "pinned", "pair", "cursor", "mark"];
  return { node, draws: [[texts, draw], [[...texts, "position", "side"], (state) => markToken(sides, state)]] };
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
  if (!step) return body.replaceChildren(), answer.replaceChildren(), note.replaceChildren("No text yet.");
  const k = step.iteration;
  const changes = { other: changesTo(i, pair?.diffs[cursor] ?? []), previous: step.diff.previous, none: [] }[mark];
  body.replaceChildren(...piecesOf(step, changes, mark === "previous" ? run.steps[k - 1] : null));
  answer.replaceChildren(...answerOf(step, run.problem.gold));
  const where = cursor > k ? `Ended at iteration ${k}, R = ${number(step.reward)}.` : `Iteration ${k}, R = ${number(step.reward)}.`;
  note.replaceChildren(el("strong", {}, where), run.stop?.sentence ?? "Not finished.");
}

/** The diff from A to B, seen from A or from B. */
const changesTo = (i, diff) => (i === 1 ? diff : diff.map(([kind, a, aEnd, b, bEnd]) => [kind, b, bEnd, a, aEnd]));

/** Both reward curves in one plot, and both paths in one plane where they have one. */
export const comparePlotsPanel = { id: "compare-plots", title: "Reward and paths of both", of: "two", instead: ["reward"], create: plotsView };

function plotsView(store) {
  const pick = (k) => moveCursor(store, k);
  const reward = createPlot("Reward of both runs", pick, { line: true });
  const both = createPlot("Paths of both runs, one basis", pick, { grows: true });
  const alone = LETTERS.map((name) => createPlot(`Path of run ${name}, its own basis`, pick, { trail: true, grows: true }));
  const why = el("p", { class: "legend" });
  const key = el("p", { class: "legend" }, ...LETTERS.map((name, i) => el("span", {}, letter(i), i ? " solid, opened after it" : " dotted, pinned")));
  const apart = el("div", { class: "paths-apart" }, ...alone.map((plot, i) => el("div", {}, letter(i), plot.node)));
  const rewards = panel({ id: "reward-pair", title: "Reward" }, reward.node, key);
  const paths = panel({ id: "path-pair", title: "Paths of the latents" }, both.node, apart, why);
  const node = el("div", { class: "compare-plots" }, rewards.node, paths.node);

  const draw = (state) => {
    const { pair, theme } = state;
    if (!pair) return;
    const dark = theme === "dark" ? pair.figures.dark : {};
    const name = runsOf(state).map((run) => run.run_id).join("/");
    const show = (plot, figure) => figure && plot.show(figure, name, dark).catch(failed(store));
    show(reward, pair.figures.reward);
    both.node.hidden = Boolean(pair.why_apart);
    apart.hidden = !pair.why_apart;
    if (pair.why_apart) runsOf(state).forEach((run, i) => show(alone[i], run.figures.path2d));
    else show(both, pair.figures.path);
    why.textContent = pair.why_apart ? `Not one plane. ${pair.why_apart} Each stands on its own components.` : `One basis for all iterates of both; lengths in a plane are shadows of those in the full space.${walkSentence(pair.figures, 2)}`;
  };
  const place = (state) => {
    const { cursor } = state;
    runsOf(state).forEach((run, i) => alone[i].move(Math.min(cursor, run.steps.length - 1)));
    reward.move(cursor);
    both.move(cursor);
  };
  const figures = ["run", "pinned", "pair"];
  return { node, draws: [[[...figures, "theme"], draw], [[...figures, "cursor"], place]] };
}

/** Which of the two runs the panels below are of. */
export const compareSidePanel = { id: "compare-side", title: "One run in detail", of: "two", create: sideView };

function sideView(store) {
  const which = choice("Run in detail", LETTERS.map((name, i) => [i, name]), (side) => store.set({ side }));
  const name = el("p", { class: "muted" });
  const node = el("section", { class: "compare-side", "aria-label": compareSidePanel.title }, el("h3", {}, "In detail: run"), which.node, name);
  const draw = (state) => {
    const { title, origin } = runsOf(state)[state.side];
    which.show(state.side);
    name.textContent = title || `${origin === "live" ? "the live run" : "a recorded run"}, ${state.side ? "opened after A" : "pinned"}`;
    node.dataset.side = LETTERS[state.side];
  };
  return { node, draws: [[["run", "pinned", "side"], draw]] };
}

/** What the verifiers said of both; a verdict that is opened is open in both, with its raw replies. */
export const compareVerdictsPanel = { id: "compare-verdicts", title: "Verdicts of both", of: "two", instead: ["verdicts"], create: bothVerdictsView };

function bothVerdictsView(store) {
  const tables = LETTERS.map((name) => verdictsView(store, { id: `verdicts-${name.toLowerCase()}`, title: `Verdicts of run ${name}` }));
  tables.forEach(({ node }, i) => node.querySelector("h3").prepend(letter(i), " "));
  const draws = tables.flatMap((table, i) => table.draws.map(([needs, draw]) => [["pinned", ...needs], (state) => draw(oneRun(state, i))]));
  return { node: el("div", { class: "compare-verdicts" }, ...tables.map(({ node }) => node)), draws };
}
