// Who said what of which text. A verdict is an opinion about the text, not the truth: the truth has its
// own row, and its own colours.

import { el, number, panel, truthMark } from "./dom.js";
import { mark } from "./legend.js";
import { SIGNS } from "./progress.js";
import { moveCursor } from "./store.js";

const RULINGS = {
  approve: "approves",
  reject: "rejects",
  unparsable: "no verdict could be read; counted like a rejection",
  no_room: "not judged: no room in the model's context; counted for nothing",
};

/** Columns that fit, around the cursor; the second on a phone. */
const WINDOWS = { far: 11, "far-for-phone": 5 };

/** @type {Panel} */
export const verdictsPanel = {
  id: "verdicts",
  title: "Verdicts",
  of: "one",
  create: (store) => verdictsView(store, verdictsPanel),
  legend: () => [
    [mark("ruling approve", SIGNS.approve), "approves"],
    [mark("ruling reject", SIGNS.reject), "rejects: its weight is taken off R"],
    [mark("ruling unparsable", SIGNS.unparsable), "no verdict could be read; it counts like a rejection"],
    [mark("ruling no_room", SIGNS.no_room), "not judged: the model's context was full; it counts for nothing"],
    [mark("ruling writing", "…"), "still writing, in a live run"],
  ],
  styles: import.meta.resolve("./verdicts.css"),
};

/**
 * @param {Store} store
 * @param {{id: string, title: string}} declared   of this table: there may be one for each of two runs
 * @returns {View}
 */
export function verdictsView(store, declared) {
  const table = el("table", { class: "verdict-table" });
  const detail = el("div", {
    class: "verdict-detail scroller",
    tabindex: "0",
    role: "region",
    "aria-label": "The verdict in full",
  });
  const { node } = panel(declared, el("div", { class: "verdict-scroll scroller" }, table), detail);
  node.classList.add("verdicts");
  table.addEventListener("click", (event) => {
    const cell = event.target.closest("button[data-iteration]");
    if (!cell) return;
    const verdict = { iteration: Number(cell.dataset.iteration), verifier: Number(cell.dataset.verifier) };
    moveCursor(store, verdict.iteration);
    store.set({ verdict });
  });

  const drawTable = ({ run }) => table.replaceChildren(...rowsOf(run));
  const place = (state) => {
    const { run, cursor } = state;
    const open = state.verdict ?? defaultOf(run, cursor);
    const isNear = Object.entries(WINDOWS).map(([name, size]) => ({
      name,
      near: windowAt(cursor, size, run.steps.length),
    }));
    for (const cell of table.querySelectorAll(":is(th, td)[data-iteration]")) {
      const iteration = Number(cell.dataset.iteration);
      cell.classList.toggle("here", iteration === cursor);
      cell.classList.toggle("ahead", iteration > cursor);
      for (const { name, near } of isNear) cell.classList.toggle(name, !near(iteration));
    }
    for (const button of table.querySelectorAll("button")) {
      const { iteration, verifier } = button.dataset;
      button.setAttribute(
        "aria-pressed",
        String(Number(iteration) === open.iteration && Number(verifier) === open.verifier),
      );
    }
    detail.replaceChildren(...detailOf(run, open));
  };
  return {
    node,
    draws: [
      [["run"], drawTable],
      [["run", "cursor", "verdict"], place],
    ],
  };
}

/** Whether an iteration is among the `size` ones around the cursor. */
function windowAt(cursor, size, count) {
  const first = Math.max(0, Math.min(cursor - (size >> 1), count - size));
  return (iteration) => iteration >= first && iteration < first + size;
}

/** What is open when nothing was chosen: the first verifier that does not approve of this text. */
function defaultOf(run, iteration) {
  const verdicts = run.steps[iteration]?.verdicts ?? [];
  return {
    iteration,
    verifier: Math.max(
      0,
      verdicts.findIndex(({ ruling }) => ruling !== "approve"),
    ),
  };
}

function rowsOf(run) {
  const columns = run.steps.map(({ iteration }) =>
    el("th", { scope: "col", "data-iteration": iteration }, String(iteration)),
  );
  const verifiers = run.verifiers.map(({ name, weight }, v) =>
    el("tr", {}, nameOf(name.replaceAll("_", " "), `× ${weight}`, v), ...run.steps.map((step) => cellOf(step, v))),
  );
  const rewards = run.steps.map(({ iteration, reward }) =>
    el("td", { class: "sum", "data-iteration": iteration }, short(reward)),
  );
  const truth = run.steps.map(({ iteration, truth: told }) =>
    el("td", { "data-iteration": iteration }, truthMark(told)),
  );
  return [
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "iteration"), ...columns)),
    el(
      "tbody",
      {},
      ...verifiers,
      el("tr", { class: "sums" }, nameOf("reward R", ""), ...rewards),
      el("tr", { class: "truth" }, nameOf("truth", "not fed back"), ...truth),
    ),
  ];
}

/** −0.67 as −.67: columns are narrow. */
const short = (reward) => (Number.isInteger(reward) ? number(reward, 0) : number(reward).replace("0.", "."));

function nameOf(name, gloss, part) {
  const swatch = part === undefined ? null : el("span", { class: "swatch", "data-part": Math.min(part, 4) });
  return el("th", { scope: "row" }, swatch, name, el("small", {}, gloss));
}

function cellOf(step, v) {
  const verdict = step.verdicts[v];
  if (!verdict) return el("td", { "data-iteration": step.iteration }, "–");
  const [sign, words] = [SIGNS[verdict.ruling], RULINGS[verdict.ruling]];
  const label = `${verdict.verifier.replaceAll("_", " ")} ${words}, iteration ${step.iteration}`;
  const attributes = {
    type: "button",
    class: verdict.ruling,
    "aria-label": label,
    title: label,
    "data-iteration": step.iteration,
    "data-verifier": v,
  };
  return el("td", { "data-iteration": step.iteration }, el("button", attributes, sign));
}

function detailOf(run, { iteration, verifier }) {
  const verdict = run.steps[iteration]?.verdicts[verifier];
  if (!verdict) return [el("p", { class: "muted" }, noVerdicts(run))];
  const [sign, words] = [SIGNS[verdict.ruling], RULINGS[verdict.ruling]];
  return [
    el(
      "p",
      {},
      el("span", { class: `ruling ${verdict.ruling}` }, sign),
      el("strong", {}, `${verdict.verifier.replaceAll("_", " ")}, iteration ${iteration}: `),
      words,
    ),
    ...(verdict.ruling === "no_room" ? [el("p", {}, roomOf(run, verdict))] : []),
    el("h4", {}, "Raw reply"),
    el("pre", {}, verdict.reply || "(empty)"),
    el("h4", {}, "Prompt, as the model read it"),
    el("pre", {}, verdict.prompt),
  ];
}

function roomOf({ model }, { num_prompt_tokens: length }) {
  const [prompt, context] = [length, model.max_positions].map((count) => (count ?? 0).toLocaleString("en"));
  return `The prompt below has ${prompt} tokens, and the model's context ${context}.`;
}

function noVerdicts(run) {
  return run.judge.verifiers ? "No verdict yet." : `No verifier was asked. ${run.judge.about}`;
}
