/**
 * The player: one store, one small view per panel, messages in, requests out. It knows neither Gradio nor
 * a server, so a live run, a recording and an exported file are played by the same code.
 *
 *     const player = mount(element, { view: async (run, have, beside) => ({ view, pair }) });
 *     player.receive({ seq: 1, run: "r1", kind: "open", beside: "", query: null });
 */

import { createDesk } from "./desk.js";
import { el } from "./dom.js";
import { emptyView } from "./empty.js";
import { createHelp } from "./help.js";
import { listenToKeys } from "./keys.js";
import { keepAddress } from "./link.js";
import { applyMessage } from "./messages.js";
import { PANELS } from "./panels.js";
import { createShare } from "./share.js";
import { createStore } from "./store.js";
import { followTheme } from "./theme.js";
import { startClock } from "./transport.js";

const STYLES = ["./theme.css", "./layout.css", "./plot.css", "./cards.css"].map((name) => import.meta.resolve(name));

/** Add the style sheets once. */
function loadStyles() {
  if (document.querySelector("[data-seek-styles]")) return;
  for (const href of [...STYLES, ...PANELS.flatMap(({ styles }) => styles ?? [])]) {
    document.head.append(el("link", { rel: "stylesheet", href, "data-seek-styles": "" }));
  }
}

/**
 * Show the workbench in an element.
 *
 * @param {HTMLElement} element   its content is replaced
 * @param {{
 *   view: Fetch,
 *   go?: () => void,
 *   again?: ((run: string) => void)|null,
 *   pin?: ((run: string, next?: string) => void)|null,
 *   visit?: (query: string) => void,
 *   files?: (run: Run, query: string) => Record<string, string>,
 * }} options   `view` gives a run; `go` starts the live run that a link asks for, `again` makes a recorded run live;
 *     `pin` asks to keep a run beside the next, "" to let it go, and may name the next; `visit` shows what an address
 *     holds, when the browser goes back or forward; `files` gives the addresses where a run can be had as a file, by
 *     kind, the replay opened as the query says
 * @returns {{receive(message: Message|Message[]): Promise<void>, destroy(): void}}   `receive` resolves when the
 *     message is applied
 */
export function mount(
  element,
  { view, go = () => {}, again = null, pin = null, visit = () => {}, files = () => ({}) },
) {
  loadStyles();
  const store = createStore();
  const help = createHelp(store);
  const share = createShare(store, element, files);
  const empty = emptyView(store, { go });
  const desk = createDesk(store, { help: help.open, share: share.open, again, pin });
  const frame = frameOf(store, element, [empty.node, desk.node, help.node, share.node]);
  const draw = (state) => [frame, empty, desk].forEach((part) => part.draw(state));
  const stops = [
    store.subscribe(draw),
    startClock(store),
    listenToKeys(store, element, help.toggle),
    followTheme(store),
    keepAddress(store, visit),
  ];
  draw(store.get());

  let newest = -Infinity;
  let applied = Promise.resolve(); // one after the other, however long a run takes to arrive
  const receive = (messages) => {
    for (const message of [messages].flat()) {
      // A page that opens a run starts to count afresh: the server may have been started again.
      if (!message || (message.seq <= newest && message.kind !== "open")) continue;
      newest = message.seq;
      applied = applied
        .then(() => applyMessage(store, message, view))
        .catch((error) => store.set({ error: error.message, progress: null }));
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

/** The element with an error banner above its parts. */
function frameOf(store, element, parts) {
  const message = el("p", {});
  const dismiss = el("button", { type: "button", onclick: () => store.set({ error: null }) }, "Dismiss");
  const banner = el("div", { class: "error-banner", role: "alert", hidden: true }, message, dismiss);
  element.classList.add("seek-workbench");
  element.replaceChildren(banner, ...parts);
  const draw = ({ error, theme, run }) => {
    element.dataset.run = run?.run_id ?? "";
    banner.hidden = !error;
    message.textContent = error ?? "";
    element.dataset.theme = theme;
  };
  return { draw };
}
