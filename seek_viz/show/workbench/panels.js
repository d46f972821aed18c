// Every panel of the page, in its order. A new panel is a module that declares itself (desk.js says what), and a line here.

import { compareHeaderPanel, comparePlotsPanel, compareSidePanel, compareTextsPanel, compareVerdictsPanel } from "./compare.js";
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

/** @type {import("./desk.js").Panel[]} */
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
