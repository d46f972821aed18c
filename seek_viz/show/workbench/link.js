// The address holds what is shown: the runs as Python names them, and the rest of the state as the table below
// says. Another run is another entry of the browser's history; a move of the cursor is not.

import { LETTERS } from "./letters.js";
import { PANELS } from "./panels.js";
import { comparing, initialState, lastIteration, runsOf } from "./store.js";

/** A value of the state as text, and what a text says: undefined where it says nothing that is allowed. */
const oneOf = (...values) => ({
  write: String,
  read: (text) => values.find((value) => String(value) === text),
});
const whole = (first) => ({
  write: (value) => String(value + first),
  read: (text) => (/^\d+$/.test(text) ? Number(text) - first : undefined),
});

/** What an address says beside the runs: a key of the state, its name in the address, how it is written and read. */
const SHOWN = [
  { key: "cursor", name: "i", ...whole(0) },
  { key: "position", name: "position", ...whole(1) }, // counted from 1, as on the page
  { key: "against", name: "against", ...oneOf("previous", "first", "none") },
  { key: "dimensions", name: "dimensions", ...oneOf(2, 3) },
  { key: "mark", name: "mark", ...oneOf("other", "previous", "none") },
  {
    key: "side",
    name: "side",
    write: (side) => LETTERS[side],
    read: (text) => [0, 1].find((i) => LETTERS[i] === text),
  },
  { key: "panel", name: "panel", write: String, read: (text) => PANELS.find(({ id }) => id === text)?.id },
];
const QUIET_MS = 300; // browsers refuse an address that changes at every step of a quick hand

/**
 * What an address asks to be shown of whatever run; what it does not say, or says wrongly, is as at the start.
 *
 * @param {string} query
 * @returns {Partial<State>}
 */
export function shownIn(query) {
  const asked = new URLSearchParams(query);
  const start = initialState();
  return Object.fromEntries(SHOWN.map(({ key, name, read }) => [key, read(asked.get(name) ?? "") ?? start[key]]));
}

/**
 * The same of the runs that are open: within what they have.
 *
 * @param {State} state
 * @param {string} query
 * @returns {Partial<State>}
 */
export function shownOf(state, query) {
  const shown = shownIn(query);
  const widest = Math.max(0, ...state.run.steps.map((step) => step.num_prefix));
  return {
    ...shown,
    cursor: Math.max(0, Math.min(shown.cursor, lastIteration(state))),
    position: shown.position < widest ? shown.position : null,
  };
}

/** Names and values of what is shown; the iteration always, the rest where it is not as at the start. */
function partsOf(state) {
  const start = initialState();
  const said = SHOWN.filter(({ key }) => key === "cursor" || state[key] !== start[key]);
  return said.map(({ key, name, write }) => [name, write(state[key])]);
}

/** The run as Python names it, and the pinned one where it is another recording. */
function runsIn({ run, pinned }) {
  const link = new URLSearchParams(run.link);
  const other = pinned && new URLSearchParams(pinned.link).get("run");
  if (other && other !== link.get("run")) link.set("pin", other);
  return link;
}

/** The address of what is shown; what no link has is the page's own, and left alone. @param {State} state */
export function linkOf(state) {
  const url = new URL(location.href);
  for (const name of [...state.run.link_names, ...SHOWN.map(({ name }) => name)]) url.searchParams.delete(name);
  for (const [name, value] of [...runsIn(state), ...partsOf(state)]) url.searchParams.append(name, value);
  return url.href;
}

/** Whether the address of a comparison leaves one of its runs out: it holds one live run, which it makes anew. */
export const leavesOut = (state) => comparing(state) && !runsIn(state).has("pin");

/** What a file that replays what is shown has to be asked for: beside which run, and the state. */
export function replayQuery(state) {
  const beside = comparing(state) ? [["beside", state.pinned.run_id]] : [];
  return `?${new URLSearchParams([...beside, ...partsOf(state)])}`;
}

/**
 * Keep the address with what is shown, and what is shown with the address when the browser goes back or forward.
 *
 * @param {Store} store
 * @param {(query: string) => void} visit   shows what an address holds
 * @returns {() => void} stop
 */
export function keepAddress(store, visit) {
  let waiting = null;
  let entry = null; // the runs whose address was written last; null while an entry of the history is come to
  const namesOf = (state) => String(runsOf(state).map((run) => run?.run_id));
  const write = () => {
    const state = store.get();
    if (!state.run?.link) return;
    const now = namesOf(state);
    const isNew = entry !== null && entry !== now;
    history[isNew ? "pushState" : "replaceState"](history.state, "", linkOf(state));
    entry = now;
  };
  const stop = store.subscribe((state, changed) => {
    if (!["run", "pinned", ...SHOWN.map(({ key }) => key)].some((key) => changed.has(key))) return;
    clearTimeout(waiting);
    if (state.run && namesOf(state) !== entry) write();
    else waiting = setTimeout(write, QUIET_MS);
  });
  const back = () => {
    clearTimeout(waiting);
    entry = null;
    visit(location.search);
  };
  window.addEventListener("popstate", back);
  return () => {
    clearTimeout(waiting);
    window.removeEventListener("popstate", back);
    stop();
  };
}
