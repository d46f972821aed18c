// The step that led to this iterate, in numbers: what it was made of, and which tokens it moved at one position.

import { el, number, visible } from "./dom.js";
import { currentStep } from "./store.js";

const OPTIMIZERS = { adam: "Adam", sgd: "SGD" };

export const settingOf = (run, key) => run.settings.find((entry) => entry.key === key)?.value;

/** z, or the offset of coherent mode. */
export const latentOf = (run) => (settingOf(run, "decode_mode") === "coherent" ? "δ" : "z");

/** What makes a step of a gradient; the control goes elsewhere, as far. */
export function ruleOf(run) {
  const name = OPTIMIZERS[settingOf(run, "optimizer")];
  return settingOf(run, "direction") === "random" ? `random, as long as ${name}` : name;
}

/** @returns {{node: Node, draw: (state: object) => void}}   no panel of its own: it stands under the loop */
export function stepTable() {
  const sums = el("dl", { class: "step-sums" });
  const head = el("h4", {});
  const lost = el("ol", { "aria-label": "Lost probability" });
  const gained = el("ol", { "aria-label": "Gained probability" });
  const note = el("p", { class: "muted" });
  const columns = [[lost, "▼ lost, %"], [gained, "▲ gained, %"]].map(([list, title]) => el("div", { class: "moves" }, el("h5", {}, title), list));
  const moves = el("div", { class: "step-moves" }, ...columns);
  const node = el("div", { class: "step" }, sums, head, moves, note);

  const draw = (state) => {
    const step = currentStep(state);
    const shift = step?.push?.shift;
    const position = state.position ?? shift?.most ?? 0;
    const at = shift?.positions[position];
    sums.replaceChildren(...(step?.push ? sumsOf(state.run, step, state.cursor) : []));
    head.textContent = at ? `${state.position === null ? "Moved most: position" : "At position"} ${position + 1}` : "";
    lost.replaceChildren(...(at?.lost ?? []).map(moveOf));
    gained.replaceChildren(...(at?.gained ?? []).map(moveOf));
    moves.classList.toggle("none", !at);
    note.textContent = at ? "Before → after the step, of the same text; changes under 0.1 % are not listed." : whyNone(step, position);
  };
  return { node, draw };
}

function sumsOf(run, { push, loss, gradient_norm: gradient, step_norm: length }, k) {
  const rows = [
    ["R", number(push.reward, 3), `reward of iteration ${k - 1}`],
    ["Σ log π(xₜ)", number(push.sum_log_prob), `over its ${push.num_tokens} optimised tokens`],
    ["−R · Σ log π", number(loss), "the loss; down is away from these tokens"],
    ["‖∇‖", number(gradient), "gradient, (eₓ − π) W at each position"],
    [`‖Δ${latentOf(run)}‖`, number(length), `${ruleOf(run)}, η = ${settingOf(run, "learning_rate")}`],
  ];
  return rows.map(([symbol, value, gloss]) => el("div", {}, el("dt", {}, symbol), el("dd", {}, el("strong", {}, value), el("span", { class: "muted" }, gloss))));
}

/** A token with its probability before (the outline) and after (the bar). */
function moveOf([token, before, after]) {
  const bar = el("span", { class: "bar" });
  bar.style.setProperty("--before", String(before));
  bar.style.setProperty("--after", String(after));
  const percent = (share) => number(100 * share, 1);
  return el("li", {}, el("code", {}, visible(token)), bar, el("span", { class: "share" }, `${percent(before)} → ${percent(after)}`));
}

/** Why there is nothing to list. */
function whyNone(step, position) {
  if (!step) return "";
  if (!step.push) return "Iteration 0 is the plain chain of thought: no step led to it. One key forward (→) is the first step.";
  if (!step.push.shift) return "This recording does not hold which tokens a step moved. Run it live, or record it again.";
  if (position >= step.push.num_tokens) return `The text before ended at token ${step.push.num_tokens}: nothing was pushed at position ${position + 1}.`;
  return `Kept are the positions that moved most; position ${position + 1} is not among them.`;
}
