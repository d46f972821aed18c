import assert from "node:assert/strict";
import { test } from "node:test";
import { placesFor, shapesOf } from "../../seek_viz/show/workbench/regions_shapes.js";

test("runs are read row by row from the bottom", () => {
  const { picks, fills, borders } = shapesOf([2, 0, 1, 1, 1, 0], 2);
  assert.deepEqual(picks, [
    [1, 0],
    [0, 0],
  ]); // from the top
  assert.deepEqual(fills, ["M1 0h1v1H1zM0 1h2v1H0z", "M0 0h1v1H0z"]);
  assert.equal(borders.split("M").length - 1, 2);
});

test("a name stands where there is room, and not on the path", () => {
  const picks = Array.from({ length: 9 }, () => Array(9).fill(0));
  const [free] = placesFor(picks, 9, []);
  assert.deepEqual([free.x, free.y], [0.5, 0.5]);
  const [beside] = placesFor(picks, 9, [{ x: 0.5, y: 0.5 }]);
  assert.notDeepEqual([beside.x, beside.y], [0.5, 0.5]);
  assert.deepEqual(
    placesFor(
      [
        [0, 1],
        [1, 0],
      ],
      2,
      [],
    ),
    [],
  );
});
