// The desk: every panel that panels.js lists, made once, drawn when something that it reads has changed.

import { el } from "./dom.js";
import { PANELS } from "./panels.js";
import { comparing, oneRun } from "./store.js";

/**
 * @typedef {import("./store.js").State} State
 * @typedef {import("./store.js").Store} Store
 * @typedef {[needs: (keyof State)[], draw: (state: State) => void]} Draw   what a part reads of the state, and what draws it
 * @typedef {{node: HTMLElement, draws: Draw[]}} View
 * @typedef {[mark: Node|string, meaning: string]} Legend
 */

/**
 * What a page offers its panels; null or absent where it does not.
 *
 * @typedef {object} Context
 * @property {() => void} help                    open the card of keys and marks
 * @property {() => void} share                   open the card for taking the run away
 * @property {((run: string) => void)|null} again            make a recorded run live
 * @property {((run: string, next?: string) => void)|null} pin   keep a run beside the next, "" to let it go; may name the next
 */

/**
 * A panel says all of itself here; the desk, the card of marks and the style sheets are made of it.
 *
 * @typedef {object} Panel
 * @property {string} id           its class on the page
 * @property {string} title
 * @property {"one"|"two"|"all"} of   of one run, and of the chosen one while two are compared; of two that are compared; of
 *     however many are under the cursor
 * @property {string[]} [instead]  the panels in whose place a panel of two runs stands
 * @property {(store: Store, context: Context) => View} create
 * @property {() => Legend[]} [legend]   its marks in words, made anew for each card: a node stands in one place
 * @property {[key: string, words: string][]} [keys]   keys that have a meaning of their own in it
 * @property {string} [styles]     address of its style sheet
 */

/**
 * @param {Store} store
 * @param {Context} context
 * @returns {{node: HTMLElement, draw: (state: State) => void}}
 */
export function createDesk(store, context) {
  const views = PANELS.map((panel) => ({ ...panel, ...panel.create(store, context) }));
  const replaced = new Set(PANELS.flatMap(({ instead = [] }) => instead));
  const alone = views.filter(({ of }) => of !== "two");
  const together = views.filter(({ id }) => !replaced.has(id));
  const node = el("div", { class: "desk" });
  let shown = null; // the views on the page: only those are drawn, and whatever comes on the page as a whole
  let seen = { all: {}, one: {} };

  const draw = (state) => {
    node.hidden = !state.run;
    if (!state.run) return;
    const views = comparing(state) ? together : alone;
    if (views !== shown) {
      node.classList.toggle("comparing", comparing(state));
      node.replaceChildren(...views.map((view) => view.node));
      [shown, seen] = [views, { all: {}, one: {} }];
    }
    const now = { all: state, one: oneRun(state) };
    const changed = { all: changes(seen.all, now.all), one: changes(seen.one, now.one) };
    seen = now;
    for (const { of, draws } of views) {
      const which = of === "one" ? "one" : "all";
      for (const [needs, drawPart] of draws) if (needs.some((key) => changed[which].has(key))) drawPart(now[which]);
    }
  };
  return { node, draw };
}

const changes = (before, now) => new Set(Object.keys(now).filter((key) => now[key] !== before[key]));
