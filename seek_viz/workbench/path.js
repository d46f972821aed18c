// Where the latents went: one projection for all iterations so far, the start at 0, the shares printed.

import { choice, el, number, panel } from "./dom.js";
import { createPlot } from "./plot.js";
import { failed } from "./reward.js";
import { currentStep, moveCursor } from "./store.js";

export function pathView(store) {
  const plot = createPlot("Path of the latents", (k) => moveCursor(store, k), { trail: true, grows: true });
  const about = el("p", { class: "legend" });
  const facts = el("p", { class: "facts" });
  const { node, tools } = panel("path", "Path of the latents", plot.node, about, facts);
  const scope = choice("Which latents", [[false, "whole prefix"], [true, "position –"]], (one) =>
    store.set({ position: one ? store.get().position ?? 0 : null }),
  );
  const dimensions = choice("Dimensions", [[2, "2-D"], [3, "3-D"]], (value) => store.set({ dimensions: value }));
  tools.append(scope.node, dimensions.node);

  const draw = (state, changed) => {
    const { run, cursor, position } = state;
    if (!run) return;
    const shown = figureOf(state);
    if (["run", "position", "dimensions", "theme"].some((key) => changed.has(key))) {
      scope.show(position !== null);
      scope.buttons[1].textContent = position === null ? "one position" : `position ${position + 1}`;
      dimensions.show(state.dimensions);
      node.classList.toggle("without-plot", !shown);
      const name = [run.run_id, state.dimensions, position].join("/");
      if (shown) plot.show(shown, name, state.theme === "dark" ? run.figures.dark : {}).catch(failed(store));
    }
    if (["run", "cursor", "dimensions"].some((key) => changed.has(key))) plot.move(cursor);
    if (changed.has("run")) about.textContent = shown ? aboutOf(run) : "";
    if (["run", "cursor", "position"].some((key) => changed.has(key))) facts.replaceChildren(...factsOf(currentStep(state), shown, position));
  };
  return { node, draw };
}

function figureOf({ run, dimensions, position }) {
  const figure = dimensions === 2 ? run.figures.path2d : run.figures.path3d;
  const path = run.latents?.positions[position];
  return figure && path ? moved(figure, path) : figure;
}

/** The figure of the whole prefix with another path in it: same marks, other places and axes. */
function moved(figure, { points, explained, ranges }) {
  const names = Object.keys(figure.cursor);
  const places = Object.fromEntries(names.map((name, i) => [name, points.map((point) => point[i])]));
  const axes = figure.layout.scene ?? figure.layout;
  const changed = Object.fromEntries(
    names.map((name, i) => {
      const text = `PC${i + 1} (${(100 * explained[i]).toFixed(1)} %)`;
      const axis = axes[`${name}axis`];
      return [`${name}axis`, { ...axis, range: ranges[i], title: { ...axis.title, text } }];
    }),
  );
  const layout = figure.layout.scene ? { scene: { ...axes, ...changed } } : changed;
  return {
    data: figure.data.map((trace) => ({ ...trace, ...places })),
    layout: { ...figure.layout, ...layout },
    cursor: places,
  };
}

/** A live run is projected anew at each step: the axes turn a little, and what they are of is said. */
const aboutOf = ({ steps, stop }) => `Principal components of the ${steps.length} iterates${stop ? "" : " so far"}; 0 is the start.`;

function factsOf(step, shown, position) {
  if (!step) return [];
  if (!shown) return ["No latents were recorded with this run."];
  const fact = (name, value) => el("span", {}, `${name} `, el("strong", {}, value));
  return [
    el("span", { class: "muted" }, position === null ? "in the full space:" : "whole prefix, full space:"),
    fact("distance from z₀", number(step.distance)),
    fact("last step", number(step.step_norm)),
    fact("cosine to the step before", number(step.cosine)),
  ];
}
