// All texts of the run as one tree: what they share, the token at which they part, and how each ends.

import { el, panel, reveal, truthMark } from "./dom.js";
import { mark } from "./legend.js";
import { moveCursor } from "./store.js";
import { tokenAt, visibleText } from "./tokens.js";

/** Of a shared stretch the end matters, where the texts part. */
const TAIL = 64;
const LONGEST = 240;

/** @type {Panel} */
export const treePanel = {
  id: "tree",
  title: "Rollout tree",
  of: "one",
  create,
  legend: () => [
    [el("mark", {}, "token"), "the token at which texts part"],
    [mark("tree-number", "3"), "an iteration that ends there"],
  ],
  styles: import.meta.resolve("./tree.css"),
};

/** @type {Panel["create"]} */
function create(store) {
  const list = el("ul", { class: "tree-root", "aria-label": "Texts of all iterations" });
  const scroller = el("div", { class: "tree-scroll scroller" }, list);
  const legend = el(
    "p",
    { class: "legend" },
    el("span", {}, el("mark", {}, "amber"), " the token at which texts part"),
    el("span", {}, "each row goes on from the one it hangs on; numbers are iterations"),
  );
  const { node } = panel(treePanel, scroller, legend);
  let rows = [];

  const place = ({ cursor }) => {
    for (const { node: row, branch } of rows) {
      row.classList.toggle("here", branch.texts.includes(cursor));
      row.classList.toggle("ahead", branch.texts[0] > cursor);
      for (const number of row.querySelectorAll("[data-iteration]"))
        number.classList.toggle("here", Number(number.dataset.iteration) === cursor);
      const leaf = branch.ends.includes(cursor);
      if (leaf) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      if (leaf) reveal(scroller, () => row, ["top"]);
    }
  };
  return {
    node,
    draws: [
      [["run"], ({ run }) => (rows = build(list, run, store))],
      [["run", "cursor"], place],
    ],
  };
}

/** Nested lists; the branches come parents first. */
function build(list, run, store) {
  const lists = [];
  const rows = run.tree.map((branch) => ({ branch, node: rowOf(run, branch, store) }));
  list.replaceChildren();
  rows.forEach(({ branch, node }, i) => {
    lists[i] = el("ul", {});
    (lists[branch.parent] ?? list).append(el("li", {}, node, lists[i]));
  });
  for (const one of lists) if (!one.children.length) one.remove();
  return rows;
}

function rowOf(run, branch, store) {
  const { ends, texts, parent } = branch;
  const [parting, rest] = wordsOf(run, branch);
  const words = el("span", { class: "tree-words" }, parent === null ? parting : el("mark", {}, parting), rest);
  const label = `${ends.length ? `iteration ${ends.join(", ")}, ${endOf(run, ends[0])}` : countOf(run, texts)}: ${parting}${rest}`;
  return el(
    "button",
    { type: "button", class: "tree-row", "aria-label": label, onclick: () => follow(store, texts) },
    words,
    tailOf(run, branch),
  );
}

/** The token at which a branch parts, and what follows it, on one line. */
function wordsOf(run, { parent, first, end, texts, ends }) {
  const step = run.steps[texts[0]];
  const tokens = step.tokens.slice(first, end);
  if (!tokens.length) return ["no token is shared: the texts part at once", ""];
  const parting = parent === null ? visibleText(tokens[0]) : tokenAt(step, first);
  const rest = visibleText(tokens.slice(1).join(""));
  if (ends.length || rest.length <= TAIL) return [parting, rest.slice(0, LONGEST)];
  return [parting, ` … ${rest.slice(-TAIL)}`];
}

const endOf = (run, k) => `${run.steps[k].truth}, answer ${run.steps[k].answer ?? "none"}`;

function countOf(run, texts) {
  const right = texts.filter((k) => run.steps[k].truth === "right").length;
  const known = texts.some((k) => run.steps[k].truth !== "unknown");
  return `${texts.length} texts${known ? `, ${right} right` : ""}`;
}

/** How a branch ends: the answer with its truth and the iterations; of a fork, how many texts go on. */
function tailOf(run, { ends, texts }) {
  if (!ends.length) return el("span", { class: "tree-tail muted" }, countOf(run, texts));
  const step = run.steps[ends[0]];
  return el(
    "span",
    { class: "tree-tail" },
    truthMark(step.truth),
    el("strong", { class: step.truth }, step.answer ?? "–"),
    ...ends.map((k) => el("span", { class: "tree-number", "data-iteration": k }, String(k))),
  );
}

/** Go to a branch; when already on it, to the next iteration that took it. */
function follow(store, texts) {
  const at = texts.indexOf(store.get().cursor);
  moveCursor(store, texts[(at + 1) % texts.length]);
}
