import assert from "node:assert/strict";
import { test } from "node:test";
import { applyMessage } from "../../seek_viz/show/workbench/messages.js";
import { createStore, initialState } from "../../seek_viz/show/workbench/store.js";

const run = (count, changes = {}) => ({
  run_id: "r",
  origin: "recorded",
  steps: Array.from({ length: count }, (_, iteration) => ({ iteration })),
  stop: null,
  ...changes,
});

/** A store after messages that carry nothing of a run, and what was asked for. */
function after(state, ...messages) {
  const store = createStore({ ...initialState(), ...state });
  const asked = [];
  for (const message of messages)
    applyMessage(store, { seq: 0, run: "r", ...message }, (...request) => asked.push(request));
  return { ...store.get(), requests: asked };
}

test("an error keeps the run and stops what goes on", () => {
  const state = after({ run: run(2), playing: true, progress: {} }, { kind: "error", message: "no room" });
  assert.deepEqual([state.error, state.progress, state.playing, state.run.steps.length], ["no room", null, false, 2]);
});

test("progress clears an error; idle clears the progress", () => {
  const doing = after({ error: "x" }, { kind: "progress", phase: "decoding", text: "12" });
  assert.deepEqual([doing.error, doing.progress.phase, doing.progress.text], [null, "decoding", "12"]);
  assert.equal(after({ progress: doing.progress }, { kind: "idle" }).progress, null);
});

test("a phase that goes on keeps the time when it began", () => {
  const first = after({}, { kind: "progress", phase: "decoding", text: "" }).progress;
  const later = after({ progress: first }, { kind: "progress", phase: "decoding", text: "12" }).progress;
  const judged = after({ progress: later }, { kind: "progress", phase: "judging", text: "12" }).progress;
  assert.equal(later.began, first.began);
  assert.equal(judged.textBegan, first.textBegan);
});

test("the shown run is pinned; when it is let go the cursor stays on what is shown", () => {
  const shown = run(3);
  assert.equal(after({ run: shown }, { kind: "pin", on: true }).pinned, shown);
  const alone = after({ run: shown, pinned: run(9), cursor: 8, playing: true }, { kind: "pin", on: false });
  assert.deepEqual([alone.pinned, alone.cursor, alone.playing], [null, 2, false]);
});

test("an invitation takes the place of a run", () => {
  const asked = { question: "How many?", settings: [], iteration: 2 };
  const state = after({ run: run(1), error: "x" }, { kind: "invite", asked });
  assert.deepEqual([state.run, state.asked, state.error], [null, asked, null]);
});

test("a run is fetched whole, then what is new of it", async () => {
  const store = createStore();
  const asked = [];
  const steps = [{ iteration: 0 }, { iteration: 1 }, { iteration: 2 }];
  const fetch = async (name, have, beside) => {
    asked.push([name, have, beside]);
    return { view: { ...run(0, { origin: "live" }), steps: have ? steps.slice(have) : steps.slice(0, 1) }, pair: null };
  };
  await applyMessage(store, { seq: 1, run: "r", kind: "open" }, fetch);
  await applyMessage(store, { seq: 2, run: "r", kind: "grown" }, fetch);
  await applyMessage(store, { seq: 3, run: "another", kind: "grown" }, fetch);
  assert.deepEqual(asked, [
    ["r", 0, ""],
    ["r", 1, ""],
  ]);
  assert.deepEqual([store.get().run.steps.length, store.get().cursor], [3, 2]);
});

test("a run that is gone is told, and what is shown stays", async () => {
  const store = createStore({ ...initialState(), run: run(2) });
  await applyMessage(store, { seq: 1, run: "x", kind: "open" }, async () => null);
  assert.deepEqual([store.get().run.steps.length, store.get().error], [2, "This run is no longer on the server."]);
});
