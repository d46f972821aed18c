// The desk: every panel that panels.js lists, made once, drawn when something that it reads has changed. What a
// panel declares of itself is `Panel` in types.d.ts.

import { el } from "./dom.js";
import { PANELS } from "./panels.js";
import { comparing, oneRun } from "./store.js";

const REPLACED = new Set(PANELS.flatMap(({ instead = [] }) => instead));

/** The panels that are on the page: of one run, or of the two that are compared. @param {State} state */
export const panelsOf = (state) => PANELS.filter(({ id, of }) => (comparing(state) ? !REPLACED.has(id) : of !== "two"));

/**
 * @param {Store} store
 * @param {Context} context
 * @returns {{node: HTMLElement, draw: (state: State) => void}}
 */
export function createDesk(store, context) {
  const views = new Map(PANELS.map((panel) => [panel, panel.create(store, context)]));
  const node = el("div", { class: "desk" });
  let shown = []; // the panels on the page: only those are drawn, and whatever comes on the page as a whole
  let seen = { all: {}, one: {} };

  const draw = (state) => {
    node.hidden = !state.run;
    if (!state.run) return;
    const panels = panelsOf(state);
    if (panels.length !== shown.length || panels.some((panel, i) => panel !== shown[i])) {
      node.classList.toggle("comparing", comparing(state));
      node.replaceChildren(...panels.map((panel) => views.get(panel).node));
      [shown, seen] = [panels, { all: {}, one: {} }];
    }
    const now = { all: state, one: oneRun(state) };
    const changed = { all: changes(seen.all, now.all), one: changes(seen.one, now.one) };
    seen = now;
    for (const panel of panels) {
      const which = panel.of === "one" ? "one" : "all";
      for (const [needs, drawPart] of views.get(panel).draws)
        if (needs.some((key) => changed[which].has(key))) drawPart(now[which]);
    }
    const opened = changed.all.has("panel") && panels.find(({ id }) => id === state.panel);
    if (opened) goTo(views.get(opened).node);
  };
  return { node, draw };
}

/** Scroll the page to a panel, and let the keyboard go on from there. @param {HTMLElement} panel */
function goTo(panel) {
  requestAnimationFrame(() => {
    panel.tabIndex = -1;
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "start" });
  });
}

/** @returns {Set<string>} */
const changes = (before, now) => new Set(Object.keys(now).filter((key) => now[key] !== before[key]));
