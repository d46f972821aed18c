import assert from "node:assert/strict";
import { test } from "node:test";
import { onAxesOf } from "../../seek_viz/show/workbench/axes.js";

const figure = (x, y, span = 4) => ({
  data: [{ x, y }],
  layout: { xaxis: { range: [-span / 2, span / 2] }, yaxis: { range: [-span / 2, span / 2] } },
  cursor: { x, y },
});
const ranges = ({ layout }) => [layout.xaxis.range, layout.yaxis.range];

test("axes stay while there is room on them", () => {
  const before = figure([0, 1], [0, 1]);
  assert.deepEqual(ranges(onAxesOf(before, figure([0, 1, 1.5], [0, 1, 0.5], 6))), ranges(before));
});

test("a component keeps its sign", () => {
  const next = onAxesOf(figure([0, 1], [0, 1]), figure([0, -1, -1.2], [0, 1, 1.1]));
  assert.deepEqual(next.cursor.x, [-0, 1, 1.2]);
  assert.deepEqual(next.data[0].x, [-0, 1, 1.2]);
  assert.deepEqual(next.cursor.y, [0, 1, 1.1]);
});

test("a path that leaves the axes finds room, and every axis spans the same length", () => {
  const next = onAxesOf(figure([0, 1], [0, 1]), figure([0, 1, 9], [0, 1, 0], 12));
  const [[left, right], [low, high]] = ranges(next);
  assert.ok(left <= 0 && right >= 9);
  assert.ok(low <= 0 && high >= 1);
  assert.equal(right - left, high - low);
});

test("one point has no axes to keep", () => {
  const next = figure([0, 1], [0, 1], 6);
  assert.equal(onAxesOf(figure([0], [0]), next), next);
});
