/**
 * The player: one store, one small view per panel, messages in, requests out. It knows neither Gradio nor
 * a server, so a live run, a recording and an exported file are played by the same code.
 *
 *     const player = mount(element, { view: async (run, have, beside) => ({ view, pair }) });
 *     player.receive({ seq: 1, run: "r1", kind: "open" });
 */

import { el } from "./dom.js";
import { compareHeaderView, comparePlotsView, compareTextsView, compareVerdictsView, ofOneRun, sideView } from "./compare.js";
import { emptyView } from "./empty.js";
import { gridView } from "./grid.js";
import { headerView } from "./header.js";
import { createHelp } from "./help.js";
import { listenToKeys } from "./keys.js";
import { keepAddress } from "./link.js";
import { loopView } from "./loop.js";
import { applyMessage } from "./messages.js";
import { pathView } from "./path.js";
import { loadPlotly } from "./plot.js";
import { regionsView } from "./regions.js";
import { rewardView } from "./reward.js";
import { createShare } from "./share.js";
import { comparing, createStore } from "./store.js";
import { storyView } from "./story.js";
import { textView } from "./text.js";
import { followTheme } from "./theme.js";
import { startClock, transportView } from "./transport.js";
import { treeView } from "./tree.js";
import { verdictsView } from "./verdicts.js";

const STYLES = ["theme.css", "layout.css", "views.css", "step.css", "regions.css", "tree.css", "cards.css", "compare.css"];

/** Add the style sheets once; an exported file carries them inline and marks them. */
function loadStyles() {
  if (document.querySelector("[data-seek-styles]")) return;
  for (const name of STYLES) {
    const href = new URL(name, import.meta.url).href;
    document.head.append(el("link", { rel: "stylesheet", href, "data-seek-styles": name }));
  }
}

/**
 * Show the workbench in an element.
 *
 * @param {HTMLElement} element   its content is replaced
 * @param {{
 *   view: (run: string, have: number, beside: string) => Promise<{view: object, pair: object|null}|null>,
 *   go?: () => void,
 *   again?: ((run: string) => void)|null,
 *   pin?: ((run: string, next?: string) => void)|null,
 *   files?: (run: object) => Record<string, string>,
 * }} options   `view` gives a run as `run_view` makes it, with the steps after the first `have`, and what it is
 *     beside another run, if one is named; null where it is gone; `go` starts the
 *     live run that a link asks for, `again` makes a recorded run live; `pin` asks to keep a run beside the next, "" to let it go, and may name the next; `files`
 *     gives the addresses where a run can be had as a file, by kind
 * @returns {{receive(message: object|object[]): Promise<void>, destroy(): void}}   `receive` resolves when the message is applied
 */
export function mount(element, { view, go = () => {}, again = null, pin = null, files = () => ({}) } = {}) {
  const store = createStore();
  const help = createHelp();
  const share = createShare(store, element, files);
  const make = (view) => view(store, { help: help.open, share: share.open, again, pin });
  const empty = emptyView(store, { go });
  const [header, transport, text, reward] = [headerView, transportView, textView, rewardView].map(make);
  const [story, path, grid, verdicts, ...panels] = [storyView, pathView, gridView, verdictsView, loopView, regionsView, treeView].map((view) => ofOneRun(make(view)));
  const [title, ...pairs] = [compareHeaderView, compareTextsView, comparePlotsView, compareVerdictsView, sideView].map(make);
  const alone = [header, transport, story, text, reward, path, grid, verdicts, ...panels];
  const together = [title, transport, ...pairs, story, path, grid, ...panels];
  const frame = frameOf(store, element, empty, [alone, together], [help.node, share.node]);
  let two = null;
  // Only what is on screen is drawn; whatever comes on screen is drawn as a whole.
  const draw = (state, changed) => {
    const all = comparing(state) === two ? changed : new Set(Object.keys(state));
    two = comparing(state);
    [frame, empty, ...(two ? together : alone)].forEach((view) => view.draw(state, all));
  };
  const stops = [store.subscribe(draw), startClock(store), listenToKeys(store, element, help.toggle), followTheme(store), keepAddress(store)];
  draw(store.get(), new Set(Object.keys(store.get())));
  loadPlotly().catch((error) => store.set({ error: error.message }));
  loadStyles();

  let newest = -Infinity;
  let applied = Promise.resolve(); // one after the other, however long a run takes to arrive
  const receive = (messages) => {
    for (const message of [messages].flat()) {
      // A page that opens a run starts to count afresh: the server may have been started again.
      if (!message || (message.seq <= newest && message.kind !== "open")) continue;
      newest = message.seq;
      applied = applied.then(() => applyMessage(store, message, view)).catch((error) => store.set({ error: error.message, progress: null }));
    }
    return applied;
  };
  const destroy = () => {
    store.set({ playing: false });
    stops.forEach((stop) => stop());
    for (const host of element.querySelectorAll(".plot-host")) window.SeekPlotly?.purge(host);
    element.replaceChildren();
  };
  return { receive, destroy };
}

/** Error banner, empty state, and the panels. */
function frameOf(store, element, empty, [alone, together], cards) {
  const message = el("p", {});
  const dismiss = el("button", { type: "button", onclick: () => store.set({ error: null }) }, "Dismiss");
  const banner = el("div", { class: "error-banner", role: "alert", hidden: true }, message, dismiss);
  const desk = el("div", { class: "desk" }, ...alone.map(({ node }) => node));
  element.classList.add("seek-workbench");
  element.replaceChildren(banner, empty.node, desk, ...cards);
  let shown = false;
  const draw = (state) => {
    const { run, error, theme } = state;
    banner.hidden = !error;
    message.textContent = error ?? "";
    desk.hidden = !run;
    const two = comparing(state);
    if (desk.classList.toggle("comparing", two) !== shown) desk.replaceChildren(...(two ? together : alone).map(({ node }) => node));
    shown = two;
    element.dataset.theme = theme;
  };
  return { draw };
}
