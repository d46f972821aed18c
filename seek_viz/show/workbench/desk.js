// The desk: every panel that panels.js lists, made once, drawn when something that it reads has changed. What a
// panel declares of itself is `Panel` in types.d.ts.

import { el } from "./dom.js";
import { PANELS } from "./panels.js";
import { comparing, oneRun } from "./store.js";

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

/** @returns {Set<string>} */
const changes = (before, now) => new Set(Object.keys(now).filter((key) => now[key] !== before[key]));
