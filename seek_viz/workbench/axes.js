// Axes that stay while a run grows. As long as every point has room they are left as they are; else they grow by
// half at once, about the start of the path, which is 0 and keeps its place. Every axis spans the same length.

const GROWTH = 1.5;
const ROOM = 0.03; // of the span, between a point and the edge

/**
 * A figure of a path on the axes that it had before.
 *
 * @param {{layout: object, cursor: object}} before   as it was shown
 * @param {{layout: object, cursor: object}} next     with one more point, on axes that fit it
 */
export function onAxesOf(before, next) {
  if (before.cursor.x.length < 2) return next; // one point has no extent
  const names = Object.keys(next.cursor).filter((name) => name !== "other");
  const [old, fresh] = [before, next].map((figure) => names.map((name) => axesOf(figure)[`${name}axis`].range));
  const places = names.map((name) => [...next.cursor[name], ...(next.cursor.other?.[name] ?? [])]);
  const extents = places.map((values) => [Math.min(...values), Math.max(...values)]);
  const [span, needed] = [old, fresh].map(([[low, high]]) => high - low);
  const fits = extents.every(([least, most], i) => old[i][0] <= least - ROOM * span && most + ROOM * span <= old[i][1]);
  const wide = Math.max(GROWTH * span, needed);
  const grown = extents.map(([least, most], i) => {
    const kept = Math.min((old[i][0] / span) * wide, least - ROOM * wide);
    const low = Math.max(kept, most + ROOM * wide - wide);
    return [low, low + wide];
  });
  return withRanges(next, names, fits ? old : grown);
}

const axesOf = ({ layout }) => layout.scene ?? layout;

function withRanges(figure, names, ranges) {
  const axes = axesOf(figure);
  const changed = Object.fromEntries(names.map((name, i) => [`${name}axis`, { ...axes[`${name}axis`], range: ranges[i] }]));
  const layout = figure.layout.scene ? { scene: { ...axes, ...changed } } : changed;
  return { ...figure, layout: { ...figure.layout, ...layout } };
}
