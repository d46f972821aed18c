// The reward curves of two runs in one plot, and both paths in one plane where they have one.

import { el, panel } from "./dom.js";
import { LETTERS, letter } from "./letters.js";
import { walkSentence } from "./path.js";
import { createPlot } from "./plot.js";
import { failed } from "./reward.js";
import { moveCursor, runsOf } from "./store.js";

/** @type {Panel} */
export const comparePlotsPanel = {
  id: "compare-plots",
  title: "Reward and paths of both",
  of: "two",
  instead: ["reward"],
  create: plotsView,
};

/** @type {Panel["create"]} */
function plotsView(store) {
  const pick = (k) => moveCursor(store, k);
  const reward = createPlot("Reward of both runs", pick, { line: true });
  const both = createPlot("Paths of both runs, one basis", pick, { grows: true });
  const alone = LETTERS.map((name) =>
    createPlot(`Path of run ${name}, its own basis`, pick, { trail: true, grows: true }),
  );
  const why = el("p", { class: "legend" });
  const key = el(
    "p",
    { class: "legend" },
    ...LETTERS.map((name, i) => el("span", {}, letter(i), i ? " solid, opened after it" : " dotted, pinned")),
  );
  const apart = el("div", { class: "paths-apart" }, ...alone.map((plot, i) => el("div", {}, letter(i), plot.node)));
  const rewards = panel({ id: "reward-pair", title: "Reward" }, reward.node, key);
  const paths = panel({ id: "path-pair", title: "Paths of the latents" }, both.node, apart, why);
  const node = el("div", { class: "compare-plots" }, rewards.node, paths.node);

  const draw = (state) => {
    const { pair, theme } = state;
    if (!pair) return;
    const dark = theme === "dark" ? pair.figures.dark : {};
    const name = runsOf(state)
      .map((run) => run.run_id)
      .join("/");
    const show = (plot, figure) => figure && plot.show(figure, name, dark).catch(failed(store));
    show(reward, pair.figures.reward);
    both.node.hidden = Boolean(pair.why_apart);
    apart.hidden = !pair.why_apart;
    if (pair.why_apart) runsOf(state).forEach((run, i) => show(alone[i], run.figures.path2d));
    else show(both, pair.figures.path);
    why.textContent = pair.why_apart
      ? `Not one plane. ${pair.why_apart} Each stands on its own components.`
      : `One basis for all iterates of both; lengths in a plane are shadows of those in the full space.${walkSentence(pair.figures, 2)}`;
  };
  const place = (state) => {
    const { cursor } = state;
    runsOf(state).forEach((run, i) => alone[i].move(Math.min(cursor, run.steps.length - 1)));
    reward.move(cursor);
    both.move(cursor);
  };
  /** @type {(keyof State)[]} */
  const figures = ["run", "pinned", "pair"];
  return {
    node,
    draws: [
      [[...figures, "theme"], draw],
      [[...figures, "cursor"], place],
    ],
  };
}
