import assert from "node:assert/strict";
import { test } from "node:test";
import {
  comparing,
  createStore,
  currentStep,
  initialState,
  lastIteration,
  moveCursor,
  oneRun,
} from "../../seek_viz/show/workbench/store.js";

const run = (run_id, count) => ({
  run_id,
  steps: Array.from({ length: count }, (_, iteration) => ({ iteration })),
});
const two = { ...initialState(), pinned: run("a", 5), run: run("b", 3), cursor: 4, progress: { phase: "judging" } };

test("listeners hear what changed, and nothing where nothing did", () => {
  const store = createStore();
  const heard = [];
  const stop = store.subscribe((state, changed) => heard.push([state.cursor, [...changed]]));
  store.set({ cursor: 0 });
  store.set({ cursor: 2, speed: 1 });
  stop();
  store.set({ cursor: 3 });
  assert.deepEqual(heard, [[2, ["cursor"]]]);
});

test("the cursor stays on the run, and follows it again from its end", () => {
  const store = createStore({
    ...initialState(),
    run: run("a", 4),
    following: false,
    verdict: { iteration: 1, verifier: 0 },
  });
  moveCursor(store, 9);
  assert.deepEqual([store.get().cursor, store.get().following, store.get().verdict], [3, true, null]);
  moveCursor(store, -2);
  assert.deepEqual([store.get().cursor, store.get().following], [0, false]);
});

test("a run that is pinned is not compared with itself", () => {
  assert.equal(comparing({ ...two, pinned: two.run }), false);
  assert.equal(comparing({ ...two, pinned: null }), false);
  assert.equal(comparing(two), true);
});

test("of two runs, each stands at its last step where it has ended", () => {
  assert.equal(lastIteration(two), 4);
  assert.equal(currentStep(two).iteration, 2);
  const [first, second] = [oneRun(two, 0), oneRun(two, 1)];
  assert.deepEqual([first.run.run_id, first.cursor, first.progress], ["a", 4, null]);
  assert.deepEqual([second.run.run_id, second.cursor, second.progress.phase], ["b", 2, "judging"]);
  assert.equal(comparing(first), false);
});

test("before the first step there is none", () => {
  assert.equal(lastIteration(initialState()), -1);
  assert.equal(currentStep(initialState()), undefined);
});
