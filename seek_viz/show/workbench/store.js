// The one place that changes: which run is shown, where the cursor stands, what is selected.
// Views are functions of this state; they change it through `set` and never keep a copy.

/** @returns {State} */
export const initialState = () => ({
  run: null,
  cursor: 0,
  following: true,
  position: null,
  preview: null,
  verdict: null,
  against: "previous",
  dimensions: 2,
  playing: false,
  speed: 1,
  theme: "light",
  progress: null,
  error: null,
  asked: null,
  begun: null,
  pinned: null,
  pair: null,
  mark: null,
  side: 1,
  panel: null,
});

/** A store of one state. @returns {Store} */
export function createStore(state = initialState()) {
  const listeners = new Set();
  return {
    get: () => state,
    set(patch) {
      const changed = new Set(Object.keys(patch).filter((key) => patch[key] !== state[key]));
      if (!changed.size) return;
      state = { ...state, ...patch };
      for (const listener of listeners) listener(state, changed);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Whether two runs are under the cursor: the pinned one and another. */
export const comparing = ({ run, pinned }) => Boolean(run && pinned && pinned.run_id !== run.run_id);

/** The runs under the cursor, the pinned one first. */
export const runsOf = (state) => (comparing(state) ? [state.pinned, state.run] : [state.run]);

/** The state as a panel of one run reads it: of two runs, one of them, at its last step where it has ended. */
export function oneRun(state, side = state.side) {
  if (!comparing(state)) return state;
  const run = runsOf(state)[side];
  const last = Math.max(0, run.steps.length - 1);
  const verdict = state.verdict?.iteration <= last ? state.verdict : null;
  const progress = side ? state.progress : null; // what is going on concerns the run that was opened last
  return { ...state, run, pinned: null, pair: null, cursor: Math.min(state.cursor, last), verdict, progress };
}

/** Index of the newest iteration, of the longer run while two are compared; -1 before the first. */
export const lastIteration = (state) =>
  state.run ? Math.max(...runsOf(state).map((run) => run.steps.length)) - 1 : -1;

/** The step of a run at an iteration; its last where it has ended before. */
export const stepAt = (run, iteration) => run.steps[Math.min(iteration, run.steps.length - 1)];

/** The step of the shown run under the cursor, or undefined before the first. */
export const currentStep = (state) =>
  comparing(state) ? stepAt(state.run, state.cursor) : state.run?.steps[state.cursor];

/** Move the cursor by hand. A live run is followed again once the cursor is back on its newest step. */
export function moveCursor(store, iteration) {
  const last = lastIteration(store.get());
  const cursor = Math.max(0, Math.min(last, iteration));
  store.set({ cursor, following: cursor === last, verdict: null, preview: null });
}
