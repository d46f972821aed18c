// Where the latents went: one projection for all iterations so far, the start at 0, the shares printed.

import { choice, el, number, panel } from "./dom.js";
import { disc, drawn, line } from "./legend.js";
import { createPlot } from "./plot.js";
import { failed } from "./reward.js";
import { currentStep, moveCursor } from "./store.js";

/** @type {Panel} */
export const pathPanel = {
  id: "path",
  title: "Path of the latents",
  of: "one",
  create,
  legend: () => [
    [drawn(disc("fill low"), line("legend-line", "M26 10h12")), "an iterate whose answer is right; its colour is R"],
    [drawn(line("fill high", "M14 6l3-3 3 3 3-3 3 3-3 4 3 4-3 3-3-3-3 3-3-3 3-4z")), "one whose answer is wrong"],
    [drawn(line("fill high", "M20 2l8 8-8 8-8-8z")), "one whose answer cannot be compared"],
    [drawn(line("legend-line here", "M2 14L18 7L38 10")), "the way so far"],
  ],
  words: {
    "PC1, PC2":
      "principal components: the plane on which most of the path is seen; a shadow, so that two points near on it may be far apart",
  },
  styles: import.meta.resolve("./path.css"),
};

/** @type {Panel["create"]} */
function create(store) {
  const plot = createPlot("Path of the latents", (k) => moveCursor(store, k), { trail: true, grows: true });
  const about = el("p", { class: "legend" });
  const facts = el("p", { class: "facts" });
  const { node, tools } = panel(pathPanel, plot.node, about, facts);
  const scope = choice(
    "Which latents",
    [
      [false, "whole prefix"],
      [true, "position –"],
    ],
    (one) => store.set({ position: one ? (store.get().position ?? 0) : null }),
  );
  const dimensions = choice(
    "Dimensions",
    [
      [2, "2-D"],
      [3, "3-D"],
    ],
    (value) => store.set({ dimensions: value }),
  );
  tools.append(scope.node, dimensions.node);

  const drawPath = (state) => {
    const { run, position, theme } = state;
    const figure = figureOf(state);
    scope.show(position !== null);
    scope.buttons[1].textContent = position === null ? "one position" : `position ${position + 1}`;
    dimensions.show(state.dimensions);
    node.classList.toggle("without-plot", !figure);
    about.textContent = figure ? aboutOf(state) : "";
    const name = [run.run_id, state.dimensions, position].join("/");
    if (figure) plot.show(figure, name, theme === "dark" ? run.figures.dark : {}).catch(failed(store));
  };
  const drawFacts = (state) => facts.replaceChildren(...factsOf(currentStep(state), state.run.latents, state.position));
  /** @type {Draw[]} */
  const draws = [
    [["run", "position", "dimensions", "theme"], drawPath],
    [["run", "cursor", "dimensions"], ({ cursor }) => plot.move(cursor)],
    [["run", "cursor", "position"], drawFacts],
  ];
  return { node, draws };
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
      const byChance = walk[0] ? `;${i === 1 ? "<br>" : " "}random walk ${percent(walk[i])}` : "";
      const shares = figure.layout.scene ? "" : ` (${percent(explained[i])}${byChance})`; // the caption has them
      const text = `PC${i + 1}${shares}`;
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

function factsOf(step, latents, position) {
  if (!step) return [];
  if (!latents) return ["No latents were recorded with this run."];
  const fact = (name, value) => el("span", {}, `${name} `, el("strong", {}, value));
  return [
    el("span", { class: "muted" }, position === null ? "in the full space:" : "whole prefix, full space:"),
    fact("distance from z₀", number(step.distance)),
    fact("last step", number(step.step_norm)),
    fact("cosine to the step before", number(step.cosine)),
  ];
}
