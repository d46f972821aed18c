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
    if (["run", "position", "dimensions"].some((key) => changed.has(key))) about.textContent = shown ? aboutOf(state) : "";
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
function moved(figure, { points, explained, walk, ranges }) {
  const names = Object.keys(figure.cursor);
  const places = Object.fromEntries(names.map((name, i) => [name, points.map((point) => point[i])]));
  const axes = figure.layout.scene ?? figure.layout;
  const changed = Object.fromEntries(
    names.map((name, i) => {
      const text = `PC${i + 1} (${percent(explained[i])}${!figure.layout.scene && walk[0] ? `; random walk ${percent(walk[i])}` : ""})`;
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

const percent = (share) => `${(100 * (share ?? 0)).toFixed(1)} %`;

/** What a path by chance would show: the shares alone do not tell a direction from a drift. */
export function walkSentence({ explained, walk }, count) {
  if (!walk[0]) return "";
  const [here, byChance] = [explained, walk].map((shares) => shares.slice(0, count).map(percent).join(", "));
  return ` Shares of variance: ${here}. Of a pure random walk with steps as long: ${byChance}; a smooth curve alone is no sign of a direction.`;
}

/** A live run is projected anew at each step: the axes turn a little, and what they are of is said. */
function aboutOf({ run, position, dimensions }) {
  const { steps, stop, latents } = run;
  const path = latents.positions[position] ?? latents.prefix;
  return `Principal components of the ${steps.length} iterates${stop ? "" : " so far"}; 0 is the start.${walkSentence(path, dimensions)}`;
}

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
