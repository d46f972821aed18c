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

/** A store after a run was opened, and what was fetched for it. */
async function opening(state, message, runs) {
  const store = createStore({ ...initialState(), ...state });
  const fetched = [];
  const fetch = async (name, have, beside) => {
    fetched.push([name, beside]);
    return { view: runs[name], pair: beside ? {} : null };
  };
  await applyMessage(store, { seq: 1, run: "r", kind: "open", beside: "", query: null, ...message }, fetch);
  return { ...store.get(), fetched };
}

test("the shown run is pinned; when it is let go the cursor stays on what is shown", async () => {
  const shown = run(3);
  const pinned = await opening({ run: shown, cursor: 2 }, { beside: "r" }, { r: shown });
  assert.deepEqual([pinned.pinned, pinned.cursor, pinned.fetched], [shown, 2, [["r", ""]]]);
  const longer = run(9, { run_id: "a" });
  const alone = await opening({ run: shown, pinned: longer, cursor: 8, playing: true }, {}, { r: shown });
  assert.deepEqual([alone.pinned, alone.cursor, alone.playing], [null, 2, false]);
});

test("a comparison is opened at once, and shown as its link says", async () => {
  const runs = { r: run(3), a: run(9, { run_id: "a" }) };
  const message = { beside: "a", query: "?i=7&side=A&dimensions=3" };
  const state = await opening({ run: run(1, { run_id: "x" }), position: 4 }, message, runs);
  assert.deepEqual(state.fetched, [
    ["a", ""],
    ["r", "a"],
  ]);
  assert.deepEqual([state.pinned.run_id, state.run.run_id, state.pair], ["a", "r", {}]);
  assert.deepEqual([state.cursor, state.side, state.dimensions, state.position], [7, 0, 3, null]);
});

test("another run is opened at its first iteration, and what was chosen of the views stays", async () => {
  const before = { run: run(4, { run_id: "x" }), cursor: 3, position: 5, panel: "grid", dimensions: 3 };
  const state = await opening(before, {}, { r: run(3) });
  assert.deepEqual([state.cursor, state.position, state.panel, state.dimensions], [0, null, null, 3]);
});

test("an invitation takes the place of a run, and keeps the one that it is compared with", async () => {
  const asked = { question: "How many?", settings: [], query: "?i=2" };
  const store = createStore({ ...initialState(), run: run(1), error: "x" });
  await applyMessage(store, { seq: 1, run: "", kind: "invite", asked, beside: "r" });
  const state = store.get();
  assert.deepEqual([state.run, state.pinned.run_id, state.asked, state.error], [null, "r", asked, null]);
});

test("a run that begins takes the place of the one before, until its first text is there", async () => {
  const asked = { question: "How many?", settings: [] };
  const begun = after({ run: run(2) }, { kind: "begin", asked });
  assert.deepEqual([begun.run, begun.begun], [null, asked]);
  const state = await opening(begun, {}, { r: run(1) });
  assert.deepEqual([state.run.steps.length, state.begun], [1, null]);
});

test("a run is fetched whole, then what is new of it", async () => {
  const store = createStore();
  const asked = [];
  const steps = [{ iteration: 0 }, { iteration: 1 }, { iteration: 2 }];
  const fetch = async (name, have, beside) => {
    asked.push([name, have, beside]);
    return { view: { ...run(0, { origin: "live" }), steps: have ? steps.slice(have) : steps.slice(0, 1) }, pair: null };
  };
  await applyMessage(store, { seq: 1, run: "r", kind: "open", beside: "", query: null }, fetch);
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
  await applyMessage(store, { seq: 1, run: "x", kind: "open", beside: "", query: null }, async () => null);
  assert.deepEqual([store.get().run.steps.length, store.get().error], [2, "This run is no longer on the server."]);
});
