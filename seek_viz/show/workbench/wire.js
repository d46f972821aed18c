// A message as it travels -> the view that the panels read: the inverse of projection/wire.py, which says why
// strings are numbers there and numbers are whole.

const TOP = 5;
const PLACES = 10000;

/**
 * The message with its view, step or regions as `projection.run_view` makes them, but for what it rounded.
 *
 * @param {Record<string, any>} message   of kind "open", "step" or "regions"
 * @returns {any}
 */
export function unpacked(message) {
  const { strings, view, step, regions } = message;
  if (view) return { ...message, view: viewOf(view, strings) };
  if (step)
    return {
      ...message,
      step: stepOf(step, strings),
      summary: { ...message.summary, latents: latentsOf(message.summary.latents) },
    };
  return { ...message, regions: regionsOf(regions, strings) };
}

const viewOf = (view, strings) => ({
  ...view,
  steps: view.steps.map((step) => stepOf(step, strings)),
  latents: latentsOf(view.latents),
  regions: regionsOf(view.regions, strings),
});

function stepOf(step, strings) {
  const { verdicts, diff, grid, push } = step;
  return {
    ...step,
    tokens: named(step.tokens, strings),
    verdicts: verdicts.map((verdict) => ({ ...verdict, prompt: named(verdict.prompt, strings).join("") })),
    diff: { previous: changesOf(diff.previous), first: changesOf(diff.first) },
    grid: gridOf(grid, strings),
    push: push && { ...push, shift: shiftOf(push.shift, strings) },
  };
}

function gridOf(grid, strings) {
  const flipped = new Set(grid.flipped);
  return {
    top_tokens: inRows(named(grid.top_tokens, strings), TOP),
    top_probs: inRows(shares(grid.top_probs), TOP),
    margin: parts(grid.margin, 100),
    entropy: parts(grid.entropy, 100),
    flipped: grid.margin.map((_, t) => flipped.has(t)),
    shifts: inRows(grid.shifts, 2).flatMap(([by, count]) => Array(count).fill(by)),
    steps_to_flip: grid.steps_to_flip.map((steps) => steps || null),
  };
}

const changesOf = (flat) =>
  inRows(flat, 4).map(([oldFirst, oldEnd, first, end]) => [
    oldFirst === oldEnd ? "insert" : first === end ? "delete" : "replace",
    oldFirst,
    oldEnd,
    first,
    end,
  ]);

function shiftOf(shift, strings) {
  if (!shift) return null;
  const positions = Object.entries(shift.positions).map(([t, [numLost, ...flat]]) => {
    const moves = inRows(flat, 3).map(([token, before, after]) => [strings[token], before / 1000, after / 1000]);
    return [t, { lost: moves.slice(0, numLost), gained: moves.slice(numLost) }];
  });
  return { ...shift, positions: Object.fromEntries(positions) };
}

const latentsOf = (latents) => latents && { ...latents, positions: latents.positions.map(pathOf) };

function pathOf([half, ...rest]) {
  const middles = rest.slice(0, 3);
  return {
    points: inRows(rest.slice(9), 3).map((point) => point.map((place, i) => middles[i] + (place * half) / PLACES)),
    explained: shares(rest.slice(3, 6)),
    walk: shares(rest.slice(6, 9)),
    ranges: middles.map((middle) => [middle - half, middle + half]),
  };
}

const regionsOf = (regions, strings) =>
  regions && {
    ...regions,
    maps: Object.fromEntries(Object.entries(regions.maps).map(([t, one]) => [t, mapOf(one, strings)])),
  };

function mapOf(one, strings) {
  const points = inRows(one.points, 7).map(([k, x, y, off, own, under, carried]) => ({
    k,
    x: x / PLACES,
    y: y / PLACES,
    off,
    own: own < 0 ? null : own,
    under,
    carried: carried === 1,
  }));
  return { ...one, points, tokens: named(one.tokens, strings) };
}

const named = (numbers, strings) => numbers.map((number) => strings[number]);
const parts = (values, unit) => values.map((value) => (value === null ? null : value / unit));
const shares = (values) => parts(values, 1000);
const inRows = (flat, width) =>
  Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));
