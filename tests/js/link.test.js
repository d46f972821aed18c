import assert from "node:assert/strict";
import { before, test } from "node:test";
import { leavesOut, linkOf, replayQuery, shownIn, shownOf } from "../../seek_viz/show/workbench/link.js";
import { initialState } from "../../seek_viz/show/workbench/store.js";

const run = (key, changes = {}) => ({
  run_id: `recorded-${key}`,
  link: `v=1&run=${key}`,
  link_names: ["v", "run", "pin", "i", "problem", "eta"],
  steps: Array.from({ length: 3 }, (_, iteration) => ({ iteration, num_prefix: 8 })),
  ...changes,
});
const queryOf = (state) => new URL(linkOf({ ...initialState(), ...state })).search;

before(() => {
  globalThis.location = { href: "http://page/?__theme=dark&v=1&problem=p&eta=0.1&i=7&side=A&panel=text" };
});

test("the address is of what is shown, and keeps what belongs to the page", () => {
  assert.equal(queryOf({ run: run("a"), cursor: 2 }), "?__theme=dark&v=1&run=a&i=2");
});

test("what is as at the start goes unsaid", () => {
  const state = { run: run("a"), position: 4, against: "first", dimensions: 3, panel: "path" };
  assert.equal(queryOf(state), "?__theme=dark&v=1&run=a&i=0&position=5&against=first&dimensions=3&panel=path");
});

test("a comparison is said by what is pinned, beside a recording or a live run", () => {
  const state = { ...initialState(), run: run("b"), pinned: run("a"), side: 0 };
  assert.equal(queryOf(state), "?__theme=dark&v=1&run=b&pin=a&i=0&side=A");
  assert.equal(queryOf({ ...state, pinned: state.run }), "?__theme=dark&v=1&run=b&i=0&side=A");
  const live = run("live", { run_id: "live-1", link: "v=1&problem=p" });
  assert.equal(queryOf({ ...state, run: live }), "?__theme=dark&v=1&problem=p&pin=a&i=0&side=A");
  assert.equal(leavesOut({ ...state, run: live }), false);
  assert.equal(leavesOut({ ...state, pinned: live }), true);
  assert.equal(replayQuery(state), "?beside=recorded-a&i=0&side=A");
});

test("what is written is read again", () => {
  const state = {
    cursor: 2,
    position: 0,
    against: "none",
    dimensions: 3,
    mark: "previous",
    side: 0,
    panel: "grid",
  };
  const query = queryOf({ ...state, run: run("a") });
  assert.deepEqual(shownIn(query), state);
  assert.deepEqual(shownOf({ ...initialState(), run: run("a") }, query), state);
});

test("what an address says wrongly is as at the start", () => {
  const wrong = "?i=99&position=99&against=all&dimensions=4&side=C&panel=<b>";
  const shown = shownOf({ ...initialState(), run: run("a") }, wrong);
  assert.deepEqual(shown, {
    cursor: 2,
    position: null,
    against: "previous",
    dimensions: 2,
    mark: null,
    side: 1,
    panel: null,
  });
});
