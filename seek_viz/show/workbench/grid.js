// Which token each optimised position reads, iteration by iteration: rows read like the text, columns
// show the flips. Shade: how near the runner-up is. Only here may the page scroll sideways.

import { el, number, panel, reveal } from "./dom.js";
import { mark } from "./legend.js";
import { moveCursor } from "./store.js";
import { changeWords, tokenAt, tokenWords, visible } from "./tokens.js";

const WIDEST = 9;
const FRAGILE = 3;

/** @type {Panel} */
export const gridPanel = {
  id: "grid",
  title: "Tokens of the optimised prefix",
  of: "one",
  create,
  legend: () => [
    [mark("cell-sample flipped", "token"), "outlined: flipped, another token in its place than an iteration before"],
    [
      mark("cell-sample shifted", "token"),
      "cornered: shifted, the same token, moved because the text before it grew or shrank",
    ],
    [mark("cell-sample fragile", "token"), "amber: the runner-up is near, by logits"],
    [mark("cell-sample", "token"), "grey: it is far"],
    [mark("cell-sample flipped legend-later", "token"), "dashed: it flips after the cursor"],
    [mark("cell-sample legend-chosen", "token"), "the selected position"],
    [mark("cell-sample", visible(" 5")), "a space before it; ⇥ is a tab, ⏎ a line break, ⍽ a no-break space"],
    [mark("cell-sample", visible("\u200b")), "a character that cannot be seen, by its short name or code"],
    [mark("cell-sample", "⟨F0 9F⟩"), "some of the bytes of one character; its other tokens hold the rest"],
  ],
  words: { margin: "the logit of the token that is read, less that of the runner-up; at 0 they change places" },
  keys: [["Tab", "to the grid of tokens; arrows walk in it, Enter selects"]],
  styles: import.meta.resolve("./grid.css"),
};

/** @type {Panel["create"]} */
function create(store) {
  const table = el("div", { class: "grid-table", role: "grid", "aria-label": "Tokens by iteration and position" });
  const scroller = el("div", { class: "grid-scroll scroller" }, table);
  const detail = el("div", { class: "grid-detail" });
  const legend = el(
    "p",
    { class: "legend" },
    el("span", { class: "cell-sample flipped" }, "flipped"),
    el("span", { class: "cell-sample shifted" }, "shifted"),
    el("span", { class: "cell-sample fragile" }, "near the runner-up"),
    el("span", { class: "cell-sample" }, "far from it"),
  );
  const { node } = panel(gridPanel, scroller, legend, detail);
  let cells = [];
  listen(store, table);

  const drawDetail = ({ run, cursor, position, preview }) => {
    const at = preview ?? { iteration: cursor, position: position ?? tellingPosition(run.steps[cursor]) };
    detail.replaceChildren(...detailOf(run, at));
  };
  /** @type {Draw[]} */
  const draws = [
    [["run"], ({ run }) => (cells = build(table, run))],
    [["run", "cursor"], ({ cursor }) => markRow(table, cursor)],
    [["run", "position"], ({ position }) => markColumn(table, cells, position)],
    [["run", "cursor", "position", "preview"], drawDetail],
    [["cursor"], () => reveal(scroller, () => table.querySelector(".grid-row.here"), ["top"])],
    [["position"], ({ cursor, position }) => reveal(scroller, () => cells[cursor]?.[position], ["top", "left"])],
  ];
  return { node, draws };
}

/** Append rows for new iterations; rebuild where the run is another one. */
function build(table, run) {
  const known = table.dataset.run === run.run_id ? table.querySelectorAll(".grid-row").length : 0;
  if (!known || known > run.steps.length) {
    table.replaceChildren(headOf(run));
    table.dataset.run = run.run_id;
  }
  for (const step of run.steps.slice(table.children.length - 1)) table.append(rowOf(step));
  table.style.setProperty("--columns", columnsOf(run));
  return [...table.querySelectorAll(".grid-row")].map((row) => [...row.querySelectorAll("[role=gridcell]")]);
}

const numPositions = (run) => Math.max(0, ...run.steps.map((step) => step.num_prefix));

function columnsOf(run) {
  const widths = Array.from({ length: numPositions(run) }, (_, t) => {
    const longest = Math.max(
      ...run.steps.map((step) => (t < step.tokens.length ? Array.from(tokenAt(step, t)).length : 0)),
    );
    return `${Math.min(WIDEST, Math.max(2, longest)) + 1.4}ch`;
  });
  return ["4ch", ...widths].join(" ");
}

function headOf(run) {
  const numbers = Array.from({ length: numPositions(run) }, (_, t) =>
    el("span", { role: "columnheader" }, String(t + 1)),
  );
  return el(
    "div",
    { class: "grid-head", role: "row" },
    el("span", { class: "row-name", role: "columnheader" }, "k"),
    ...numbers,
  );
}

function rowOf(step) {
  const cells = Array.from({ length: step.num_prefix }, (_, t) => cellOf(step, t));
  const name = el("span", { class: "row-name", role: "rowheader" }, String(step.iteration));
  return el("div", { class: "grid-row", role: "row", "data-iteration": step.iteration }, name, ...cells);
}

function cellOf(step, t) {
  const { margin, flipped, shifts } = step.grid;
  const change = flipped[t] ? "flipped" : shifts[t] > 0 ? "shifted" : shifts[t] < 0 ? "shifted back" : null;
  const name = [tokenWords(step, t), changeWords(step, t)].filter(Boolean).join(", ");
  const cell = el(
    "span",
    { role: "gridcell", tabindex: "-1", class: change, "data-position": t, "aria-label": name, title: name },
    tokenAt(step, t),
  );
  // 0 at the border to the runner-up, 1 from FRAGILE logits on.
  cell.style.setProperty("--firm", String(Math.min(1, Math.max(0, (margin[t] ?? FRAGILE) / FRAGILE))));
  return cell;
}

function markRow(table, cursor) {
  table.querySelector(".grid-row.here")?.classList.remove("here");
  table.children[cursor + 1]?.classList.add("here");
  [...table.children].forEach((row, k) => row.classList.toggle("ahead", k > cursor + 1));
}

function markColumn(table, cells, position) {
  for (const cell of table.querySelectorAll(".selected")) cell.classList.remove("selected");
  for (const row of cells) row[position]?.classList.add("selected");
  for (const cell of table.querySelectorAll("[tabindex='0']")) cell.setAttribute("tabindex", "-1");
  cells[0]?.[position ?? 0]?.setAttribute("tabindex", "0");
}

function listen(store, table) {
  const at = (target) => {
    const cell = target.closest?.("[role=gridcell]");
    return cell
      ? { iteration: Number(cell.parentNode.dataset.iteration), position: Number(cell.dataset.position) }
      : null;
  };
  const select = ({ iteration, position }) => {
    const same = store.get().position === position && store.get().cursor === iteration;
    moveCursor(store, iteration);
    store.set({ position: same ? null : position });
  };
  table.addEventListener("pointerover", (event) => store.set({ preview: at(event.target) }));
  table.addEventListener("pointerleave", () => store.set({ preview: null }));
  table.addEventListener("focusin", (event) => store.set({ preview: at(event.target) }));
  table.addEventListener("focusout", () => store.set({ preview: null }));
  table.addEventListener("click", (event) => at(event.target) && select(at(event.target)));
  table.addEventListener("keydown", (event) => {
    const place = at(event.target);
    if (!place) return;
    if (event.key === "Enter" || event.key === " ") select(place);
    else if (!walk(table, place, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** Arrow keys inside the grid walk from cell to cell. */
function walk(table, { iteration, position }, key) {
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key] ?? [];
  if (down === undefined) return false;
  const row = table.querySelector(`[data-iteration="${iteration + down}"]`);
  row?.querySelector(`[data-position="${position + right}"]`)?.focus();
  return true;
}

/** What is shown when no cell was chosen: the first flip, else the position nearest to one. */
function tellingPosition(step) {
  if (!step?.num_prefix) return 0;
  const { flipped, margin } = step.grid;
  return flipped.includes(true) ? flipped.indexOf(true) : margin.indexOf(Math.min(...margin));
}

function detailOf(run, at) {
  const step = run.steps[at.iteration];
  const tokens = step?.grid.top_tokens[at.position];
  if (!tokens) return [el("p", { class: "muted" }, "No optimised position here.")];
  const { top_probs: probs, margin, entropy, steps_to_flip: toFlip } = step.grid;
  const changed = changeWords(step, at.position);
  const facts = [
    ...(changed ? [changed] : []),
    el("span", { title: gridPanel.words.margin }, `margin ${number(margin[at.position])}`),
    `entropy ${number(entropy[at.position])} nats`,
  ];
  if (toFlip[at.position] !== null) facts.push(`about ${toFlip[at.position]} more to a flip, at this pace`);
  return [
    el(
      "div",
      {},
      el("strong", {}, `position ${at.position + 1}, iteration ${at.iteration}`),
      ...facts.map((fact) => el("p", {}, fact)),
    ),
    el("ol", { class: "top-tokens" }, ...tokens.map((token, i) => barOf(token, probs[at.position][i]))),
  ];
}

function barOf(token, probability) {
  const bar = el("span", { class: "bar" });
  bar.style.setProperty("--share", String(probability ?? 0));
  return el(
    "li",
    {},
    el("code", {}, visible(token)),
    bar,
    el("span", { class: "share" }, `${number(100 * (probability ?? 0), 1)} %`),
  );
}
