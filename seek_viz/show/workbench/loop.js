// One turn of the loop, drawn as a loop: push away, decode, judge, test, and round again; its numbers below.

import { el, number, panel, svg } from "./dom.js";
import { mark } from "./legend.js";
import { latentOf, stepTable } from "./step.js";
import { currentStep, lastIteration } from "./store.js";

const MODE =
  "The action xₜ is the argmax (greedy) token, not a sample: a one-sample estimate of the gradient, at the mode.";
const STATIONS = [
  ["push", "Push away", "updating"],
  ["decode", "Decode", "decoding"],
  ["judge", "Judge", "judging"],
  ["test", "Stop?", null],
];

/** @type {Panel} */
export const loopPanel = {
  id: "loop",
  title: "Inside one step",
  of: "one",
  create,
  legend: () => [
    [mark("station busy legend-station", "Judge"), "what a live run is doing now"],
    [moved(), "a probability: the tick before the step, the bar after it"],
    [
      mark("", "xₜ"),
      "the action: the argmax (greedy) token, not a sample, so the gradient is a one-sample estimate at the mode",
    ],
    [
      mark("", "‖∇loss‖"),
      "norm of the gradient of −R Σ log π(xₜ): −R (eₓ − π) W at each position, before any clipping",
    ],
    [mark("legend-next", "next"), "at iteration 0: the step that comes next"],
  ],
  words: { dropped: "a token of the text before that is gone, with none in its place" },
  styles: import.meta.resolve("./loop.css"),
};

function moved() {
  const bar = el("span", { class: "bar" });
  bar.style.setProperty("--before", "0.7");
  bar.style.setProperty("--after", "0.35");
  return el("span", { class: "moves legend-moves" }, bar);
}

/** @type {Panel["create"]} */
function create() {
  const stations = STATIONS.map(([name, title]) => {
    const body = el("p", {});
    return { name, body, node: el("div", { class: `station ${name}` }, el("h4", {}, title), body) };
  });
  const arrows = ["right", "down", "left", "up"].map((way) =>
    svg(
      "svg",
      { class: `arrow ${way}`, viewBox: "0 0 24 24", "aria-hidden": "true" },
      svg("path", { d: "M3 12h16M13 6l6 6-6 6" }),
    ),
  );
  const centre = el("p", { class: "loop-centre" });
  const ring = el("div", { class: "loop-ring" }, ...stations.map(({ node }) => node), ...arrows, centre);
  const table = stepTable();
  const { node } = panel(loopPanel, el("div", { class: "loop-body" }, ring, table.node));

  const drawRing = (state) => {
    const { run, cursor } = state;
    const step = currentStep(state);
    centre.replaceChildren("k = ", el("strong", {}, String(cursor)));
    const words = step ? wordsOf(run, step, cursor === lastIteration(state)) : {};
    for (const { name, body } of stations) body.replaceChildren(...(words[name] ?? ["–"]));
    ring.classList.toggle("at-start", cursor === 0);
  };
  const markBusy = ({ progress }) =>
    STATIONS.forEach(([, , phase], i) =>
      stations[i].node.classList.toggle("busy", Boolean(phase) && progress?.phase === phase),
    );
  return {
    node,
    draws: [
      [["run", "cursor"], drawRing],
      [["run", "cursor", "position"], table.draw],
      [["progress"], markBusy],
    ],
  };
}

function wordsOf(run, step, isLast) {
  const line = (...words) => el("span", {}, ...words);
  const accepted = isLast && run.stop?.reason === "accepted";
  const over = step.reward > run.threshold;
  const rejected = step.verdicts.filter(({ ruling }) => ruling !== "approve").length;
  return {
    push:
      step.step_norm === null
        ? [line("none: this is the plain chain of thought")]
        : [
            line(el("strong", {}, `${latentOf(run)} ← ${latentOf(run)} + Δ${latentOf(run)}`)),
            el(
              "span",
              { class: "rule", title: run.rule.control ? null : MODE },
              `Δ${latentOf(run)} = ${run.rule.formula}`,
            ),
            line(`‖Δ${latentOf(run)}‖ = `, el("strong", {}, number(step.step_norm))),
          ],
    decode: [
      line(...changesOf(step)),
      line(`${step.num_prefix} from latents, ${step.tokens.length - step.num_prefix} greedy`),
      line(step.cut ?? seconds(step.elapsed_s)),
    ],
    judge: [
      step.reward === null
        ? line(el("strong", {}, "not judged"))
        : line("R = ", el("strong", { class: "reward-value" }, number(step.reward))),
      line(judgesOf(step, rejected) ?? el("span", { title: run.judge.about }, `by ${run.judge.label}`)),
    ],
    test: [
      line(
        step.reward === null
          ? "no R to test"
          : `R ${over ? ">" : "≤"} τ = ${number(run.threshold)}${over && rejected && !accepted ? ", yet one rejects" : ""}`,
      ),
      line(el("strong", {}, accepted ? "accepted: stop" : isLast && run.stop ? "stop" : "go round again")),
    ],
  };
}

/** What became of the prefix, by alignment with the text before. */
function changesOf({ num_flips: flips, num_shifted: shifted, num_dropped: dropped }) {
  const others = [
    shifted && `, ${shifted} shifted`,
    dropped && el("span", { class: "word", title: loopPanel.words.dropped }, `, ${dropped} dropped`),
  ].filter(Boolean);
  return [el("strong", {}, String(flips)), flips === 1 ? " token flipped" : " tokens flipped", ...others];
}

function judgesOf({ verdicts }, rejected) {
  if (!verdicts.length) return null;
  const unheard = verdicts.filter(({ ruling }) => ruling === "no_room").length;
  if (unheard) return `no room in the model's context for ${unheard} of ${verdicts.length} verifiers`;
  return rejected
    ? `${rejected} of ${verdicts.length} verifiers do not approve`
    : `all ${verdicts.length} verifiers approve`;
}

function seconds(elapsed) {
  const total = Object.values(elapsed).reduce((sum, value) => sum + (value ?? 0), 0);
  return total ? `${number(total, 1)} s in all` : "";
}
