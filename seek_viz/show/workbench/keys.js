// One key per step, wherever the focus is, unless it is where the key has a meaning of its own.

import { lastIteration, moveCursor } from "./store.js";
import { togglePlay } from "./transport.js";

/** Where a key has a meaning of its own: every key, those of a choice, the space bar. @type {[string, string[]|null][]} */
const OWN = [
  [
    "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], [role=textbox], [role=listbox]",
    null,
  ],
  ["[type=radio], [role=tab]", ["ArrowRight", "ArrowLeft", "Home", "End", " "]],
  ["[type=checkbox], button:focus-visible, a:focus-visible, summary", [" "]],
];

/** @type {(target: Element, key: string) => boolean} */
const isOwn = (target, key) => OWN.some(([where, keys]) => target.closest(where) && (!keys || keys.includes(key)));

/** As the card tells them. @type {[string, string][]} */
export const KEYS = [
  ["→ ←", "one iteration forward, back"],
  ["Space", "play, pause"],
  ["Home End", "first, newest iteration"],
  ["?", "this card"],
];

/**
 * @returns {() => void} stop listening
 */
export function listenToKeys(store, element, toggleHelp) {
  const actions = {
    ArrowRight: () => moveCursor(store, store.get().cursor + 1),
    ArrowLeft: () => moveCursor(store, store.get().cursor - 1),
    Home: () => moveCursor(store, 0),
    End: () => moveCursor(store, lastIteration(store.get())),
    " ": () => togglePlay(store),
    "?": toggleHelp,
  };
  const press = (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !actions[key]) return;
    if (!store.get().run || (document.querySelector("dialog[open]") && key !== "?")) return;
    if (target instanceof Element && isOwn(target, key)) return;
    event.preventDefault();
    actions[key]();
  };
  // A click leaves the keyboard with the cursor: it gives no focus to the button, and takes it from
  // whatever had it outside.
  const click = (event) => {
    if (!event.target.closest?.("button, [role=gridcell], [role=slider]")) return;
    event.preventDefault();
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && !element.contains(focused)) focused.blur();
  };
  document.addEventListener("keydown", press);
  element.addEventListener("mousedown", click);
  return () => {
    document.removeEventListener("keydown", press);
    element.removeEventListener("mousedown", click);
  };
}
