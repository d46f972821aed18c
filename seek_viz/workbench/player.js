/**
 * The player: one store, one small view per panel, messages in, requests out. It knows neither Gradio nor
 * a server, so a live run, a recording and an exported file are played by the same code.
 *
 *     const player = mount(element, { send: (name, payload) => ... });
 *     player.receive({ seq: 1, run: "r1", kind: "open", view });
 */

import { el } from "./dom.js";
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
import { createStore } from "./store.js";
import { storyView } from "./story.js";
import { textView } from "./text.js";
import { followTheme } from "./theme.js";
import { startClock, transportView } from "./transport.js";
import { treeView } from "./tree.js";
import { verdictsView } from "./verdicts.js";

const STYLES = ["theme.css", "layout.css", "views.css", "step.css", "regions.css", "tree.css", "cards.css"];

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
 * @param {{send?: (name: string, payload: object) => void, files?: (run: object) => Record<string, string>}}
 *     options   `send("ready", {run, have})` asks for the whole run again, when a step was missed; `files` gives the
 *     addresses where a run can be had as a file, by kind
 * @returns {{receive(message: object|object[]): void, destroy(): void}}
 */
export function mount(element, { send = () => {}, files = () => ({}) } = {}) {
  const store = createStore();
  const help = createHelp();
  const share = createShare(store, element, files);
  const views = [headerView, transportView, storyView, textView, rewardView, pathView, gridView, verdictsView, loopView, regionsView, treeView].map(
    (view) => view(store, { help: help.open, share: share.open }),
  );
  const frame = frameOf(store, element, views.map((view) => view.node), [help.node, share.node]);
  const draw = (state, changed) => [frame, ...views].forEach((view) => view.draw(state, changed));
  const stops = [store.subscribe(draw), startClock(store), listenToKeys(store, element, help.toggle), followTheme(store), keepAddress(store)];
  draw(store.get(), new Set(Object.keys(store.get())));
  loadPlotly().catch((error) => store.set({ error: error.message }));
  loadStyles();

  let newest = -Infinity;
  const receive = (message) => {
    if (Array.isArray(message)) return message.forEach(receive);
    // A page that opens a run starts to count afresh: the server may have been started again.
    if (!message || (message.seq <= newest && message.kind !== "open")) return;
    newest = message.seq;
    applyMessage(store, message, send);
  };
  const destroy = () => {
    store.set({ playing: false });
    stops.forEach((stop) => stop());
    for (const host of element.querySelectorAll(".plot-host")) window.SeekPlotly?.purge(host);
    element.replaceChildren();
  };
  return { receive, destroy };
}

/** Empty state, error banner, and the panels. */
function frameOf(store, element, nodes, cards) {
  const message = el("p", {});
  const dismiss = el("button", { type: "button", onclick: () => store.set({ error: null }) }, "Dismiss");
  const banner = el("div", { class: "error-banner", role: "alert", hidden: true }, message, dismiss);
  const empty = el(
    "div",
    { class: "nothing-yet" },
    el("h2", {}, "No run on screen yet"),
    el("p", {}, "Open a recorded run, or pick a problem and press Start for the chain of thought; then Step or Run."),
  );
  const desk = el("div", { class: "desk" }, ...nodes);
  element.classList.add("seek-workbench");
  element.replaceChildren(banner, empty, desk, ...cards);
  const draw = ({ run, error, theme }) => {
    banner.hidden = !error;
    message.textContent = error ?? "";
    empty.hidden = Boolean(run);
    desk.hidden = !run;
    element.dataset.theme = theme;
  };
  return { draw };
}
