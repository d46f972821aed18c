// The step that led to this iterate, in numbers: what it was made of, and which tokens it moved at one position.

import { el, number } from "./dom.js";
import { currentStep } from "./store.js";
import { visible } from "./tokens.js";

/** z, or the offset of coherent mode. */
export const latentOf = (run) => (run.config.decode_mode === "coherent" ? "δ" : "z");

/** @returns {{node: Node, draw: (state: object) => void}}   no panel of its own: it stands under the loop */
export function stepTable() {
  const which = el("p", { class: "step-which" });
  const sums = el("dl", { class: "step-sums" });
  const head = el("h4", {});
  const columns = ["Lost probability", "Gained probability"].map((label) => ({
    title: el("h5", {}),
    list: el("ol", { "aria-label": label }),
  }));
  const note = el("p", { class: "muted" });
  const moves = el(
    "div",
    { class: "step-moves" },
    ...columns.map(({ title, list }) => el("div", { class: "moves" }, title, list)),
  );
  const node = el("div", { class: "step" }, which, sums, head, moves, note);

  const draw = (state) => {
    const { run, cursor } = state;
    const step = currentStep(state);
    // No step led to the chain of thought: what is shown there, ghosted, is the one that comes next.
    const shown = cursor === 0 ? (run.steps[1] ?? step) : step;
    node.classList.toggle("ahead", cursor === 0);
    which.textContent = whichOf(run, cursor);
    sums.replaceChildren(...(shown ? sumsOf(run, shown) : []));
    const [heading, titles, rows, words] = movesOf(state, shown);
    head.textContent = heading;
    columns.forEach(({ title, list }, i) => {
      title.textContent = titles[i];
      list.replaceChildren(
        ...(rows[i].length || !titles[i]
          ? rows[i].map(moveOf)
          : [el("li", { class: "none muted" }, "none by 0.1 % or more")]),
      );
    });
    note.textContent = words;
  };
  return { node, draw };
}

function whichOf(run, cursor) {
  if (cursor) return `The step ${cursor - 1} → ${cursor}`;
  if (run.steps.length > 1) return "What comes next: the step 0 → 1";
  return run.stop ? "No step was made: the chain of thought is all of this run" : "What comes next: press Step or Run";
}

/** Heading, titles of the two columns, their rows, and a note. */
function movesOf({ position: chosen }, step) {
  const shift = step?.push?.shift;
  const position = chosen ?? shift?.most ?? 0;
  const at = shift?.positions[position];
  if (at) {
    const heading = `${chosen === null ? "Moved most: position" : "At position"} ${position + 1}`;
    const note = "Before → after the step, of the same text; changes under 0.1 % are not listed.";
    return [heading, ["▼ lost, %", "▲ gained, %"], [at.lost, at.gained], note];
  }
  if (step && !step.push) return readingOf(step, chosen);
  return ["", ["", ""], [[], []], whyNone(step, position)];
}

/** Before any step: what is read at a position, and what is next in line. */
function readingOf({ grid }, chosen) {
  const position = chosen ?? Math.max(0, grid.margin.indexOf(Math.min(...grid.margin)));
  const tokens = grid.top_tokens[position];
  if (!tokens) return ["", ["", ""], [[], []], "No position is optimised here."];
  const rows = tokens.map((token, i) => [token, grid.top_probs[position][i] ?? 0]);
  const heading = chosen === null ? `Nearest to a flip: position ${position + 1}` : `At position ${position + 1}`;
  return [
    heading,
    ["read now, %", "next in line, %"],
    [rows.slice(0, 1), rows.slice(1)],
    "A step pushes down what is read, the more the lower R is; the next in line rises.",
  ];
}

function sumsOf(
  run,
  { iteration, num_prefix: numPrefix, reward, push, loss, gradient_norm: gradient, step_norm: length },
) {
  const rows = [
    ["R", number(push ? push.reward : reward, 3), `reward of iteration ${Math.max(0, iteration - 1)}`],
    [
      "Σ log π(xₜ)",
      number(push?.sum_log_prob),
      `over its ${push?.num_tokens ?? numPrefix} optimised tokens, each the argmax`,
    ],
    ["−R · Σ log π", number(loss), "the loss; down is away from these tokens"],
    ["‖∇loss‖", number(gradient), "of −R (eₓ − π) W, before clipping"],
    [`‖Δ${latentOf(run)}‖`, number(length), run.rule.length],
  ];
  return rows.map(([symbol, value, gloss]) =>
    el("div", {}, el("dt", {}, symbol), el("dd", {}, el("strong", {}, value), el("span", { class: "muted" }, gloss))),
  );
}

/** A token with its probability before (the tick) and after (the bar); before any step, the bar alone. */
function moveOf([token, before, after]) {
  const bar = el("span", { class: "bar" });
  bar.style.setProperty("--before", String(before));
  bar.style.setProperty("--after", String(after ?? before));
  const percent = (share) => number(100 * share, 1);
  const words = after === undefined ? percent(before) : `${percent(before)} → ${percent(after)}`;
  return el("li", {}, el("code", {}, visible(token)), bar, el("span", { class: "share" }, words));
}

/** Why there is nothing to list. */
function whyNone(step, position) {
  if (!step) return "";
  if (!step.push.shift)
    return "This recording does not hold which tokens a step moved. Run it live, or record it again.";
  if (position >= step.push.num_tokens)
    return `The text before ended at token ${step.push.num_tokens}: nothing was pushed at position ${position + 1}.`;
  return `Kept are the positions that moved most; position ${position + 1} is not among them.`;
}
