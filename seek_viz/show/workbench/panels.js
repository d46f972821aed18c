// Every panel of the page, in its order. A new panel is a module that declares itself, and a line here.

import { compareHeaderPanel, compareSidePanel, compareVerdictsPanel } from "./compare.js";
import { comparePlotsPanel } from "./compare_plots.js";
import { compareTextsPanel } from "./compare_texts.js";
import { gridPanel } from "./grid.js";
import { headerPanel } from "./header.js";
import { loopPanel } from "./loop.js";
import { pathPanel } from "./path.js";
import { regionsPanel } from "./regions.js";
import { rewardPanel } from "./reward.js";
import { storyPanel } from "./story.js";
import { textPanel } from "./text.js";
import { transportPanel } from "./transport.js";
import { treePanel } from "./tree.js";
import { verdictsPanel } from "./verdicts.js";

/** @type {Panel[]} */
export const PANELS = [
  headerPanel,
  compareHeaderPanel,
  transportPanel,
  compareTextsPanel,
  comparePlotsPanel,
  compareVerdictsPanel,
  compareSidePanel,
  storyPanel,
  textPanel,
  rewardPanel,
  pathPanel,
  gridPanel,
  verdictsPanel,
  loopPanel,
  regionsPanel,
  treePanel,
];
