// Messages from Python -> state. Append-only: a step is added to the run that is shown, and everything
// the user chose (cursor, position, zoom) stays.

import { lastIteration } from "./store.js";

/**
 * Apply one message.
 *
 * @param {ReturnType<typeof import("./store.js").createStore>} store
 * @param {{seq:number, run:string, kind:string}} message
 * @param {(name: string, payload: object) => void} send   asks for the whole run when a step was missed
 */
export function applyMessage(store, message, send) {
  const state = store.get();
  switch (message.kind) {
    case "open":
      return store.set(opened(state, message.view));
    case "step":
      return appendStep(store, message, send);
    case "regions":
      if (state.run?.run_id === message.run) store.set({ run: { ...state.run, regions: message.regions }, progress: null });
      return;
    case "progress":
      return store.set({ progress: { phase: message.phase, text: message.text }, error: null });
    case "error":
      return store.set({ error: message.message, progress: null, playing: false });
    case "idle":
      return store.set({ progress: null });
  }
}

function opened(state, run) {
  const same = state.run?.run_id === run.run_id;
  const last = run.steps.length - 1;
  const fresh = { cursor: run.origin === "live" ? Math.max(0, last) : 0, position: null, playing: false };
  return {
    run,
    following: same ? state.following : run.origin === "live",
    ...(same ? { cursor: Math.max(0, Math.min(state.cursor, last)) } : fresh),
    preview: null,
    verdict: null,
    progress: null,
    error: null,
  };
}

function appendStep(store, { run: runId, step, summary }, send) {
  const state = store.get();
  if (state.run?.run_id !== runId) return;
  const next = lastIteration(state) + 1;
  if (step.iteration < next) return;
  if (step.iteration > next) return send("ready", { run: runId, have: next });
  const run = { ...state.run, ...summary, steps: [...state.run.steps, step] };
  if (!run.verifiers.length) run.verifiers = step.verdicts.map(({ verifier, weight }) => ({ name: verifier, weight }));
  store.set({ run, progress: null, error: null, ...(state.following ? { cursor: next, verdict: null } : {}) });
}
