// Messages from Python -> state. Append-only: a step is added to the run that is shown, and everything
// the user chose (cursor, position, zoom) stays.

import { progressOf } from "./progress.js";
import { unpacked } from "./wire.js";

/**
 * Apply one message.
 *
 * @param {Store} store
 * @param {Message} message
 * @param {(name: string, payload: object) => void} send   asks for the whole run when a step was missed
 */
export function applyMessage(store, message, send) {
  const state = store.get();
  switch (message.kind) {
    case "open":
      return store.set(opened(state, unpacked(message)));
    case "pin":
      return store.set(pinned(state, message.on));
    case "invite":
      return store.set({ run: null, asked: message.asked, error: null });
    case "step":
      return appendStep(store, unpacked(message), send);
    case "regions":
      if (state.run?.run_id === message.run)
        store.set({ run: { ...state.run, regions: unpacked(message).regions }, progress: null });
      return;
    case "progress":
      return store.set({ progress: progressOf(state.progress, message), error: null });
    case "error":
      return store.set({ error: message.message, progress: null, playing: false });
    case "idle":
      return store.set({ progress: null });
  }
}

/**
 * @param {State} state
 * @param {Carrying<"open">} message
 * @returns {Partial<State>}
 */
function opened(state, { view: run, cursor = null, pair = null }) {
  const same = state.run?.run_id === run.run_id;
  const last = run.steps.length - 1;
  const fresh = { cursor: cursor ?? (run.origin === "live" ? Math.max(0, last) : 0), position: null, playing: false };
  return {
    run,
    following: same ? state.following : run.origin === "live",
    ...(same ? { cursor: Math.max(0, Math.min(state.cursor, last)) } : fresh),
    pair,
    asked: run.origin === "live" ? state.asked : null,
    preview: null,
    verdict: null,
    progress: null,
    error: null,
  };
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
 * @param {Carrying<"step">} message
 * @param {(name: string, payload: object) => void} send
 */
function appendStep(store, { run: runId, step, summary, pair = null }, send) {
  const state = store.get();
  if (state.run?.run_id !== runId) return;
  const next = state.run.steps.length;
  if (step.iteration < next) return;
  if (step.iteration > next) return send("ready", { run: runId, have: next });
  const run = { ...state.run, ...summary, steps: [...state.run.steps, step] };
  if (!run.verifiers.length) run.verifiers = step.verdicts.map(({ verifier, weight }) => ({ name: verifier, weight }));
  // A run that a link asked for goes to the link's iteration once it has stopped.
  const arrived = run.stop && state.asked;
  const cursor = arrived ? Math.min(next, state.asked.iteration) : next;
  store.set({
    run,
    pair,
    progress: null,
    error: null,
    ...(state.following ? { cursor, verdict: null } : {}),
    ...(arrived ? { asked: null } : {}),
  });
}
