// Messages from Python -> state. A run is fetched when a message tells of it, whole or what is new of it, and
// everything the user chose (cursor, position, zoom) stays.

import { shownOf } from "./link.js";
import { progressOf } from "./progress.js";
import { lastIteration } from "./store.js";

/**
 * Apply one message.
 *
 * @param {Store} store
 * @param {Message} message
 * @param {Fetch} view
 */
export async function applyMessage(store, message, view) {
  const state = store.get();
  switch (message.kind) {
    case "open":
      return open(store, message, view);
    case "begin":
      return store.set({ run: null, begun: message.asked, error: null });
    case "grown":
      if (state.run?.run_id === message.run)
        grow(store, await fetched(view, message.run, state.run.steps.length, state.pinned));
      return;
    case "invite":
      return store.set({
        run: null,
        pinned: await pinnedRun(state, message.beside, view),
        asked: message.asked,
        error: null,
      });
    case "progress":
      return store.set({ progress: progressOf(state.progress, message), error: null });
    case "error":
      return store.set({ error: message.message, progress: null, playing: false });
    case "idle":
      return store.set({ progress: null });
  }
}

/**
 * What the player lacks of a run, and what it is beside the pinned one.
 *
 * @param {Fetch} view
 * @param {string} run
 * @param {number} have
 * @param {Run|null} pinned
 */
const fetched = (view, run, have, pinned) => view(run, have, !pinned || pinned.run_id === run ? "" : pinned.run_id);

/**
 * The pinned run: as it was when it was pinned, or as the server has it.
 *
 * @param {State} state
 * @param {string} name
 * @param {Fetch} view
 */
async function pinnedRun({ pinned, run }, name, view) {
  const known = [pinned, run].find((one) => one?.run_id === name);
  return name ? (known ?? (await view(name, 0, ""))?.view ?? null) : null;
}

/**
 * @param {Store} store
 * @param {Carrying<"open">} message
 * @param {Fetch} view
 */
async function open(store, { run: name, beside, query }, view) {
  const before = store.get();
  const isThere = before.run?.run_id === name && (before.pinned?.run_id ?? "") === beside;
  // A recording does not change; its address may have opened it before the server was asked.
  if (isThere && before.run.origin === "recorded")
    return store.set({ begun: null, asked: null, progress: null, error: null });
  const pinned = await pinnedRun(store.get(), beside, view);
  const answer = await fetched(view, name, 0, pinned);
  if (!answer) return store.set({ error: "This run is no longer on the server.", progress: null });
  const { view: run, pair } = answer;
  const state = store.get();
  const same = state.run?.run_id === run.run_id;
  const isLive = run.origin === "live";
  const opened = { ...state, run, pinned, pair };
  const last = Math.max(0, lastIteration(opened));
  const kept = { cursor: Math.min(state.cursor, last) };
  const fresh = { cursor: isLive ? Math.max(0, run.steps.length - 1) : 0, position: null, panel: null };
  const there = query === null ? (same ? kept : fresh) : shownOf(opened, query);
  store.set({
    ...{ run, pinned, pair, ...there },
    following: same ? state.following : isLive,
    playing: same && pinned === state.pinned && state.playing,
    asked: isLive ? state.asked : null,
    begun: null,
    preview: null,
    verdict: null,
    progress: null,
    error: null,
  });
}

/**
 * @param {Store} store
 * @param {Answer | null} answer
 */
function grow(store, answer) {
  if (!answer) return; // it was replaced in the meantime: the next message opens another
  const { view, pair } = answer;
  const state = store.get();
  const run = { ...view, steps: [...state.run.steps, ...view.steps] };
  const last = run.steps.length - 1;
  // A run that a link asked for is shown as the link says once it has stopped.
  const arrived = run.stop && state.asked;
  const there = arrived ? shownOf({ ...state, run, pair }, state.asked.query) : { cursor: last };
  const moved = view.steps.length && state.following ? { ...there, verdict: null } : {};
  store.set({ run, pair, progress: null, error: null, ...moved, ...(arrived ? { asked: null } : {}) });
}
