// R of each iteration, split by who took it away, with the threshold and what was best and returned.

import { el, number, panel, truthMark } from "./dom.js";
import { createPlot, recoloured } from "./plot.js";
import { currentStep, moveCursor } from "./store.js";

export function rewardView(store) {
  const plot = createPlot("Reward of each iteration", (k) => moveCursor(store, k), { line: true });
  const legend = el("p", { class: "legend" });
  const { node } = panel("reward", "Reward", plot.node, legend);

  const draw = (state, changed) => {
    const { run, cursor, theme } = state;
    if (!run?.figures.reward) return;
    if (changed.has("run") || changed.has("theme")) {
      const dark = theme === "dark" ? run.figures.dark : {};
      legend.replaceChildren(...legendOf(recoloured(run.figures.reward.data, dark)));
      plot.show(run.figures.reward, run.run_id, dark).catch(failed(store));
    }
    if (changed.has("cursor") || changed.has("run")) {
      plot.move(cursor);
      const step = currentStep(state);
      plot.node.setAttribute(
        "aria-label",
        `Reward curve, ${run.steps.length} iterations. At ${cursor}: R ${number(step?.reward)}, answer ${step?.truth ?? "unknown"}.`,
      );
    }
  };
  return { node, draw };
}

/** Beside the plot rather than in it, where it would take the room of the curve. */
function legendOf(data) {
  const bars = data.filter(({ type }) => type === "bar").map(({ name, marker }) => {
    const swatch = el("span", { class: "swatch" });
    swatch.style.background = marker.color;
    return el("span", {}, swatch, name);
  });
  const truths = ["right", "wrong", "undecided", "unknown"].filter((truth) => data.some(({ name }) => name === truth));
  return [...truths.map((truth) => el("span", {}, truthMark(truth), ` ${truth}`)), ...bars];
}

export const failed = (store) => (error) => store.set({ error: error.message });
