// The plane through one position's path, coloured by the token that lm_head picks at each of its points: a flip
// is a border crossed. A slice of many dimensions: a point may lie off it, and then says its own token.

import { el, panel, svg } from "./dom.js";
import { disc, drawn, line } from "./legend.js";
import { placesFor, shapesOf } from "./regions_shapes.js";
import { moveCursor } from "./store.js";
import { changeWords, tokenAt, visible } from "./tokens.js";

const VIEW = 480;
const WORDY = 12;
/** Width of a letter of a name, in units of the view. */
const LETTER = 11.5;

/** @type {Panel} */
export const regionsPanel = {
  id: "regions",
  title: "Decode regions",
  of: "one",
  create,
  legend: () => [
    [
      drawn(svg("g", { class: "region-dot" }, disc("region hue-0", 7))),
      "an iterate; the slice shows the token that it reads",
    ],
    [
      drawn(svg("g", { class: "region-dot" }, line("region hue-1", "M20 1l9 9-9 9-9-9z"))),
      "an iterate off the slice, which shows another token there",
    ],
    [drawn(line("region-border", "M2 16h14v-8h22")), "a border between two tokens: to cross it is to flip"],
    [drawn(line("region-move carried", "M2 10h36")), "the text before the position changed too, and moved the point"],
  ],
  styles: import.meta.resolve("./regions.css"),
};

/** @type {Panel["create"]} */
function create(store) {
  const ground = svg("g", {});
  const path = svg("g", {});
  const map = svg("svg", { class: "region-map drawing", viewBox: `0 0 ${VIEW} ${VIEW}`, role: "group" }, ground, path);
  const missing = el("p", { class: "region-missing muted" });
  const now = el("p", { class: "region-now", "aria-live": "polite" });
  const about = el("p", { class: "region-about muted scroller", tabindex: "0" });
  const picker = el("select", {
    "aria-label": "Position of the slice",
    onchange: () => store.set({ position: Number(picker.value) }),
  });
  const { node, tools } = panel(regionsPanel, el("div", { class: "region-stage" }, map, missing), key(), now, about);
  tools.append(picker);
  listen(store, map);

  const sliceOf = ({ run, position: chosen }) => {
    const position = chosen ?? tellingPosition(run);
    return { position, slice: run.regions?.maps[position] };
  };
  const drawGround = (state) => {
    const { run } = state;
    const { position, slice } = sliceOf(state);
    node.classList.toggle("without-map", !slice);
    picker.value = String(position);
    ground.replaceChildren(...(slice ? groundOf(slice, run.regions.size) : []));
    about.replaceChildren(...(slice ? aboutOf(run, position, slice) : []));
    missing.textContent = slice ? "" : whyNone(run, position);
  };
  const drawPath = (state) => {
    const { run, cursor } = state;
    const { position, slice } = sliceOf(state);
    path.replaceChildren(...(slice ? pathOf(run, slice, position, cursor) : []));
    now.replaceChildren(...(slice ? nowOf(run, slice, position, cursor) : []));
    map.setAttribute("aria-label", `Slice through the path of position ${position + 1}: ${now.textContent}`);
  };
  /** @type {Draw[]} */
  const draws = [
    [["run"], ({ run }) => picker.replaceChildren(...choicesOf(run))],
    [["run", "position"], drawGround],
    [["run", "position", "cursor"], drawPath],
  ];
  return { node, draws };
}

/** The position whose flips the slice shows best: by an update alone, between points that it shows rightly. */
function tellingPosition(run) {
  const maps = Object.entries(run.regions?.maps ?? {});
  const told = maps.map(([position, { points, explained }]) => {
    const flips = points.filter(
      (point, i) =>
        i && isTrue(point) && isTrue(points[i - 1]) && !point.carried && run.steps[point.k].grid.flipped[position],
    );
    return flips.length + explained[0] + explained[1];
  });
  return maps.length ? Number(maps[told.indexOf(Math.max(...told))][0]) : 0;
}

/** Does the slice show the token that the point itself reads? */
const isTrue = ({ own, under }) => own === under;

const readAt = (run, k, position) => tokenAt(run.steps[k], position);

const quoted = (shown) => `“${shown.length > WORDY ? `${shown.slice(0, WORDY)}…` : shown}”`;

/** Signs are too small to be seen without their quotes. */
const nameOf = (shown) => (/[\p{L}\p{N}]/u.test(shown) ? shown.slice(0, WORDY) : quoted(shown));

/** What a position read, each token once, in order; which of them came there because the text shifted. */
function tokensRead(run, points, position) {
  const words = new Map();
  for (const { k } of points) {
    const shown = readAt(run, k, position);
    const how = run.steps[k].grid.shifts[position] ? ` (${changeWords(run.steps[k], position)})` : "";
    if (!words.has(shown)) words.set(shown, `${quoted(shown)}${how}`);
  }
  return [...words.values()];
}

function choicesOf(run) {
  return Object.entries(run.regions?.maps ?? {}).map(([position, { points }]) => {
    const read = tokensRead(run, points, position);
    const words = read.slice(0, 3).join(" → ") + (read.length > 3 ? " …" : "");
    return el("option", { value: position }, `position ${Number(position) + 1}: ${words}`);
  });
}

function groundOf(slice, size) {
  const scale = `scale(${VIEW / size})`;
  const { fills, borders, picks } = shapesOf(slice.runs, size);
  const places = placesFor(picks, size, slice.points);
  const areas = fills.map((d, i) => svg("path", { d, class: `region hue-${slice.hues[i]}`, transform: scale }));
  const edge = svg("path", {
    d: borders,
    class: "region-border",
    transform: scale,
    "vector-effect": "non-scaling-stroke",
  });
  const names = places.map(({ token, x, y }) => {
    const name = nameOf(visible(slice.tokens[token]));
    const half = (LETTER * name.length) / 2; // a name beside the edge stays on the map
    const middle = Math.max(half, Math.min(VIEW - half, x * VIEW));
    return svg("text", { class: "region-name", x: middle, y: y * VIEW, "dominant-baseline": "central" }, name);
  });
  return [...areas, edge, ...names];
}

function pathOf(run, { points, hues }, position, cursor) {
  /** @returns {[x: number, y: number]} */
  const at = ({ x, y }) => [x * VIEW, (1 - y) * VIEW];
  const moves = points.slice(1).map((point, i) => {
    const [[x1, y1], [x2, y2]] = [at(points[i]), at(point)];
    const kind = `${point.carried ? " carried" : ""}${point.k > cursor ? " ahead" : ""}`;
    return svg("line", { class: `region-move${kind}`, x1, y1, x2, y2 });
  });
  const last = (a, b) => Number(a.k === cursor) - Number(b.k === cursor);
  const dots = [...points].sort(last).map((point) => dotOf(run, point, hues, position, cursor, at(point)));
  return [...moves, ...dots];
}

/** A disc where the slice shows the point's own token, a diamond where it shows another. */
function dotOf(run, point, hues, position, cursor, [x, y]) {
  const { k, own, off } = point;
  const label = `iteration ${k} reads ${quoted(readAt(run, k, position))}, ${off} off the slice`;
  const hue = own === null ? "hue-none" : `hue-${hues[own]}`;
  const mark = isTrue(point)
    ? svg("circle", { cx: x, cy: y, r: 12 })
    : svg("path", { d: `M${x} ${y - 16}l16 16l-16 16l-16 -16z` });
  mark.setAttribute("class", `region ${hue}`);
  const words = svg("text", { x, y, "dominant-baseline": "central" }, String(k));
  const ring = k === cursor ? svg("circle", { class: "ring", cx: x, cy: y, r: 19 }) : null;
  const state = k === cursor ? " here" : k > cursor ? " ahead" : "";
  return svg(
    "g",
    { class: `region-dot${state}`, role: "button", tabindex: "0", "aria-label": label, "data-iteration": k },
    svg("title", {}, label),
    ring,
    mark,
    words,
  );
}

function nowOf(run, slice, position, cursor) {
  const index = slice.points.findIndex(({ k }) => k === cursor);
  if (index < 0) return [`The text of iteration ${cursor} ends before position ${position + 1}.`];
  const point = slice.points[index];
  const [token, before] = [cursor, slice.points[index - 1]?.k].map((k) => k !== undefined && readAt(run, k, position));
  const shifted = run.steps[cursor].grid.shifts[position];
  const crossed =
    index && before !== token
      ? [
          " after ",
          el("strong", {}, quoted(before)),
          shifted ? `: the text ${changeWords(run.steps[cursor], position)}` : ": it crossed a border",
        ]
      : [];
  const off = point.off < slice.side / 1000 ? " It lies in the slice." : ` It lies ${point.off} off the slice`;
  const apart = isTrue(point) ? "" : `, which shows ${quoted(visible(slice.tokens[point.under]))} there`;
  return [
    `Iteration ${cursor} reads `,
    el("strong", {}, quoted(token)),
    ...crossed,
    ".",
    off,
    apart,
    off.endsWith(".") ? "" : ".",
  ];
}

function aboutOf(run, position, slice) {
  const [first, second] = slice.explained.map((share) => `${(100 * share).toFixed(0)} %`);
  const coherent = run.config.decode_mode === "coherent";
  const { size, left_out: leftOut, maps } = run.regions;
  const words = [
    `A flat slice of ${run.model.hidden_size} dimensions, through what lm_head reads at position ${position + 1} (${coherent ? "h + δ" : "z"}).`,
    slice.toward_border
      ? "The path is a line, drawn across; up is the way to its nearest border."
      : `It holds ${first} (across) and ${second} (up) of the path's movement.`,
    `${size} × ${size} points, each unembedded, none interpolated; the side is ${slice.side} long.`,
  ];
  if (leftOut.length)
    words.push(
      `${Object.keys(maps).length} positions are mapped, those that flipped most first; ${leftOut.length} that moved are left out.`,
    );
  return [words.join(" ")];
}

function key() {
  const sign = (...marks) =>
    svg("svg", { viewBox: "0 0 40 20", class: "region-sign", "aria-hidden": "true" }, ...marks);
  return el(
    "p",
    { class: "legend" },
    el("span", {}, sign(svg("circle", { cx: 20, cy: 10, r: 7 })), "the slice shows its token"),
    el("span", {}, sign(svg("path", { d: "M20 1l9 9l-9 9l-9 -9z" })), "the slice shows another"),
    el("span", {}, sign(svg("path", { class: "carried", d: "M2 10h36" })), "the text before it changed too"),
  );
}

/** What to do where there is no map. */
function whyNone({ regions, stop, origin, problem }, position) {
  if (!regions && !stop) return "The regions are drawn when the run has stopped: a slice needs the whole path.";
  if (!regions && origin === "live") return "The regions are being computed …";
  if (!regions)
    return `This recording holds no decode regions. Run it live, or record it again: seek-viz run --problem ${problem.id} --out run.json`;
  if (!Object.keys(regions.maps).length) return "Nothing moved in this run: there is no path to lay a slice through.";
  if (regions.left_out.includes(position))
    return `Position ${position + 1} moved, but its map was left out: this model's maps are costly. Choose one above.`;
  return `What lm_head reads at position ${position + 1} never moved. Choose another position above.`;
}

function listen(store, map) {
  const iterationOf = (event) => event.target.closest?.("[data-iteration]")?.dataset.iteration;
  map.addEventListener("click", (event) => iterationOf(event) && moveCursor(store, Number(iterationOf(event))));
  map.addEventListener("keydown", (event) => {
    if (!iterationOf(event) || (event.key !== "Enter" && event.key !== " ")) return;
    const iteration = iterationOf(event);
    moveCursor(store, Number(iteration));
    map.querySelector(`[data-iteration="${iteration}"]`).focus(); // the dots were drawn anew
    event.preventDefault();
    event.stopPropagation();
  });
}
