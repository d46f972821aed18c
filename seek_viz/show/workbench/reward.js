// R of each iteration, split by who took it away, with the threshold and what was best and returned.

import { el, number, panel, truthMark } from "./dom.js";
import { disc, drawn, line } from "./legend.js";
import { createPlot, recoloured } from "./plot.js";
import { currentStep, moveCursor } from "./store.js";

/** @type {Panel} */
export const rewardPanel = {
  id: "reward",
  title: "Reward",
  of: "one",
  create,
  legend: () => [
    [parts(), "what each verifier takes off R, in the order of their list"],
    [drawn(line("legend-line reward", "M2 15L20 5L38 9")), "R from iteration to iteration"],
    [drawn(line("legend-line dashed", "M2 10h36")), "the threshold τ: the run stops above it"],
    [drawn(line("legend-line here", "M20 1v18"), disc("ring here", 7)), "the iteration under the cursor"],
  ],
  styles: import.meta.resolve("./reward.css"),
};

const parts = () =>
  el(
    "span",
    { class: "legend-bars" },
    ...[0, 1, 2, 3].map((part) => el("span", { class: "swatch", "data-part": part })),
  );

/** @type {Panel["create"]} */
function create(store) {
  const plot = createPlot("Reward of each iteration", (k) => moveCursor(store, k), { line: true });
  const legend = el("p", { class: "legend" });
  const { node } = panel(rewardPanel, plot.node, legend);

  const drawCurve = ({ run, theme }) => {
    if (!run.figures.reward) return;
    const dark = theme === "dark" ? run.figures.dark : {};
    legend.replaceChildren(...legendOf(recoloured(run.figures.reward.data, dark)));
    plot.show(run.figures.reward, run.run_id, dark).catch(failed(store));
  };
  const place = (state) => {
    const { run, cursor } = state;
    const step = currentStep(state);
    plot.move(cursor);
    const words = `At ${cursor}: R ${number(step?.reward)}, answer ${step?.truth ?? "unknown"}.`;
    plot.node.setAttribute("aria-label", `Reward curve, ${run.steps.length} iterations. ${words}`);
  };
  return {
    node,
    draws: [
      [["run", "theme"], drawCurve],
      [["run", "cursor"], place],
    ],
  };
}

/** Beside the plot rather than in it, where it would take the room of the curve. */
function legendOf(data) {
  const bars = data
    .filter(({ type }) => type === "bar")
    .map(({ name, marker }) => {
      const swatch = el("span", { class: "swatch" });
      swatch.style.background = marker.color;
      return el("span", {}, swatch, name);
    });
  const truths = ["right", "wrong", "undecided", "unknown"].filter((truth) => data.some(({ name }) => name === truth));
  return [...truths.map((truth) => el("span", {}, truthMark(truth), ` ${truth}`)), ...bars];
}

export const failed = (store) => (error) => store.set({ error: error.message });
