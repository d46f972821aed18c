// Messages from Python -> state. A run is fetched when a message tells of it, whole or what is new of it, and
// everything the user chose (cursor, position, zoom) stays.

import { progressOf } from "./progress.js";

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
      return open(store, message, await fetched(store, view, message.run, 0));
    case "grown":
      if (state.run?.run_id === message.run)
        grow(store, await fetched(store, view, message.run, state.run.steps.length));
      return;
    case "pin":
      return store.set(pinned(state, message.on));
    case "invite":
      return store.set({ run: null, asked: message.asked, error: null });
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
 * @param {Store} store
 * @param {Fetch} view
 * @param {string} run
 * @param {number} have
 */
function fetched(store, view, run, have) {
  const pinned = store.get().pinned?.run_id ?? "";
  return view(run, have, pinned === run ? "" : pinned);
}

/**
 * @param {Store} store
 * @param {Carrying<"open">} message
 * @param {Answer | null} answer
 */
function open(store, { cursor }, answer) {
  if (!answer) return store.set({ error: "This run is no longer on the server.", progress: null });
  const { view: run, pair } = answer;
  const state = store.get();
  const same = state.run?.run_id === run.run_id;
  const last = run.steps.length - 1;
  const fresh = { cursor: cursor ?? (run.origin === "live" ? Math.max(0, last) : 0), position: null, playing: false };
  store.set({
    run,
    following: same ? state.following : run.origin === "live",
    ...(same ? { cursor: Math.max(0, Math.min(state.cursor, last)) } : fresh),
    pair,
    asked: run.origin === "live" ? state.asked : null,
    preview: null,
    verdict: null,
    progress: null,
    error: null,
  });
}

/** @returns {Partial<State>} */
function pinned(state, on) {
  const cursor = Math.min(state.cursor, (state.run?.steps.length ?? 1) - 1);
  return on
    ? { pinned: state.run, pair: null }
    : { pinned: null, pair: null, cursor: Math.max(0, cursor), playing: false };
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
  // A run that a link asked for goes to the link's iteration once it has stopped.
  const arrived = run.stop && state.asked;
  const moved =
    view.steps.length && state.following
      ? { cursor: arrived ? Math.min(last, state.asked.iteration) : last, verdict: null }
      : {};
  store.set({ run, pair, progress: null, error: null, ...moved, ...(arrived ? { asked: null } : {}) });
}
