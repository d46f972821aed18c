// A path that grows, drawn where it was: its components are those of all points so far, so the axes turn a little
// with each. The start is 0. The sign of a component is arbitrary, and stays as it was; the axes stay while every
// point has room on them, else they move, or grow by half at once. Every axis spans the same length.

const GROWTH = 1.5;
const MARGIN = 0.03; // of the span, least between a point and the edge
const MORE_ROOM = 0.15; // and what an axis that has to move makes, so that it need not move again soon
const SHORT = 2 / 3; // of the span: a path of this extent that runs over an edge moves the axes, a longer one makes them grow

/**
 * A figure of a path on the axes that it had before.
 *
 * @param {Figure} before   as it was shown
 * @param {Figure} next     with one more point, on axes that fit it
 * @returns {Figure}
 */
export function onAxesOf(before, next) {
  if (before.cursor.x.length < 2) return next; // one point has no extent
  const names = Object.keys(next.cursor).filter((name) => name !== "other");
  const figure = facing(before, next, names);
  const [old, fresh] = [before, next].map((one) => names.map((name) => axesOf(one)[`${name}axis`].range));
  const extents = names.map((name) => extentOf([...figure.cursor[name], ...(figure.cursor.other?.[name] ?? [])]));
  const [span, needed] = [old, fresh].map(([[low, high]]) => high - low);
  const fits = extents.every(
    ([least, most], i) => old[i][0] <= least - MARGIN * span && most + MARGIN * span <= old[i][0] + span,
  );
  const short = extents.every(([least, most]) => most - least <= SHORT * span);
  const wide = fits || short ? span : Math.max(GROWTH * span, needed);
  return withRanges(
    figure,
    names,
    extents.map((extent, i) => placed(extent, old[i][0] * (wide / span), wide)),
  );
}

/** The figure with each component in the direction in which it was drawn before. */
function facing(before, next, names) {
  const turned = names.filter((name) => agreement(before.cursor[name], next.cursor[name]) < 0);
  const mirrored = (places) => ({
    ...places,
    ...Object.fromEntries(turned.map((name) => [name, places[name].map((value) => -value)])),
  });
  const { other } = next.cursor;
  return turned.length
    ? {
        ...next,
        data: next.data.map(mirrored),
        cursor: { ...mirrored(next.cursor), ...(other && { other: mirrored(other) }) },
      }
    : next;
}

/** Whether two lists, as far as both go, rise and fall together: the sign of their covariance. */
function agreement(first, second) {
  const length = Math.min(first.length, second.length);
  const mean = (values) => values.slice(0, length).reduce((sum, value) => sum + value, 0) / length;
  const [a, b] = [mean(first), mean(second)];
  return first.slice(0, length).reduce((sum, value, i) => sum + (value - a) * (second[i] - b), 0);
}

/** @returns {[least: number, most: number]} */
const extentOf = (values) => [Math.min(...values), Math.max(...values)];

/** A range of a width that holds an extent: from `low` on if that will do. */
function placed([least, most], low, width) {
  const [first, last] = [least - MARGIN * width, most + MARGIN * width - width]; // where it may begin at most, at least
  if (last <= low && low <= first) return [low, low + width];
  const wished = low > first ? least - MORE_ROOM * width : most + MORE_ROOM * width - width;
  const moved = Math.min(first, Math.max(last, wished));
  return [moved, moved + width];
}

const axesOf = ({ layout }) => layout.scene ?? layout;

function withRanges(figure, names, ranges) {
  const axes = axesOf(figure);
  const changed = Object.fromEntries(
    names.map((name, i) => [`${name}axis`, { ...axes[`${name}axis`], range: ranges[i] }]),
  );
  const layout = figure.layout.scene ? { scene: { ...axes, ...changed } } : changed;
  return { ...figure, layout: { ...figure.layout, ...layout } };
}
