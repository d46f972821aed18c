// Two runs under one cursor: what differs, what the verifiers said of both, and which of them the panels below are
// of. A run that has ended stands at its last text.

import { choice, el } from "./dom.js";
import { badge, labels } from "./header.js";
import { LETTERS, letter } from "./letters.js";
import { oneRun, runsOf } from "./store.js";
import { verdictsView } from "./verdicts.js";

/** @type {Panel} */
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

/** @type {Panel["create"]} */
function headerView(store, { share, pin }) {
  const cards = el("div", { class: "compare-cards" });
  const table = el("table", { class: "differences" });
  const actions = el(
    "div",
    { class: "actions" },
    ...(pin ? [el("button", { type: "button", onclick: () => pin("") }, "Unpin A")] : []),
    el("button", { type: "button", onclick: share }, "Share, save"),
  );
  const node = el(
    "header",
    { class: "run-header compare-header" },
    el("div", { class: "header-top" }, el("h2", {}, compareHeaderPanel.title), actions),
    cards,
    table,
  );
  const draw = (state) => {
    const same = state.pair?.same_problem;
    cards.replaceChildren(...runsOf(state).map((run, i) => cardOf(run, i)), ...(same ? [problemOf(state.run)] : []));
    cards.classList.toggle("same", Boolean(same));
    table.replaceChildren(...(state.pair ? differencesOf(state.pair.differences) : []));
  };
  return { node, draws: [[["run", "pinned", "pair"], draw]] };
}

function cardOf(run, i) {
  return el(
    "section",
    { class: "compare-card", "aria-label": `Run ${LETTERS[i]}` },
    el("div", { class: "labels" }, letter(i), badge(run.origin), ...labels(run)),
    el("p", { class: "run-title" }, run.title),
    problemOf(run),
  );
}

function problemOf({ problem }) {
  return el(
    "div",
    { class: "problem" },
    el("p", { class: "question", dir: "auto", tabindex: "0" }, problem.question),
    el("p", { class: "gold" }, el("span", {}, "gold answer"), el("strong", {}, problem.gold ?? "unknown")),
  );
}

function differencesOf(differences) {
  if (!differences.length) return [el("caption", {}, "The settings are the same.")];
  const rows = differences.map(({ name, values, gloss }) =>
    el(
      "tr",
      { title: gloss || null },
      el("th", { scope: "row" }, name),
      ...values.map((value) => el("td", {}, String(value))),
    ),
  );
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, "what differs"),
    ...LETTERS.map((_, i) => el("th", { scope: "col" }, letter(i))),
  );
  return [el("thead", {}, head), el("tbody", {}, ...rows)];
}

/** Which of the two runs the panels below are of. */
/** @type {Panel} */
export const compareSidePanel = { id: "compare-side", title: "One run in detail", of: "two", create: sideView };

/** @type {Panel["create"]} */
function sideView(store) {
  const which = choice(
    "Run in detail",
    LETTERS.map((name, i) => [i, name]),
    (side) => store.set({ side }),
  );
  const name = el("p", { class: "muted" });
  const node = el(
    "section",
    { class: "compare-side", "aria-label": compareSidePanel.title },
    el("h3", {}, "In detail: run"),
    which.node,
    name,
  );
  const draw = (state) => {
    const { title, origin } = runsOf(state)[state.side];
    which.show(state.side);
    name.textContent =
      title || `${origin === "live" ? "the live run" : "a recorded run"}, ${state.side ? "opened after A" : "pinned"}`;
    node.dataset.side = LETTERS[state.side];
  };
  return { node, draws: [[["run", "pinned", "side"], draw]] };
}

/** What the verifiers said of both; a verdict that is opened is open in both, with its raw replies. */
/** @type {Panel} */
export const compareVerdictsPanel = {
  id: "compare-verdicts",
  title: "Verdicts of both",
  of: "two",
  instead: ["verdicts"],
  create: bothVerdictsView,
};

/** @type {Panel["create"]} */
function bothVerdictsView(store) {
  const tables = LETTERS.map((name) =>
    verdictsView(store, { id: `verdicts-${name.toLowerCase()}`, title: `Verdicts of run ${name}` }),
  );
  tables.forEach(({ node }, i) => node.querySelector("h3").prepend(letter(i), " "));
  /** @type {(draw: Draw, i: number) => Draw} */
  const ofSide = ([needs, draw], i) => [["pinned", ...needs], (state) => draw(oneRun(state, i))];
  const draws = tables.flatMap((table, i) => table.draws.map((draw) => ofSide(draw, i)));
  return { node: el("div", { class: "compare-verdicts" }, ...tables.map(({ node }) => node)), draws };
}
