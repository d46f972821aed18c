// A Plotly chart whose cursor moves without Plotly: the ring, the line and the veil over what is still
// to come are drawn above the plot, so that a cursor step costs no redraw and zoom is never lost.

import { onAxesOf } from "./axes.js";
import { el, svg } from "./dom.js";

const CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  doubleClick: false, // Plotly's own way back leads to the axes of the first drawing
  modeBarButtonsToRemove: [
    "select2d",
    "lasso2d",
    "autoScale2d",
    "resetScale2d",
    "resetCameraDefault3d",
    "resetCameraLastSave3d",
  ],
};

const IMAGE = { width: 960, height: 600 };

let loading = null;
const saveable = new WeakMap(); // plot's node -> its name and what makes an image of it

const placed = new WeakMap(); // plot's host -> `{fit(), print(isOnPaper)}`, what its place and paper ask of it

// Paper has a width of its own, and is light. What is drawn then has to be drawn at once.
const PAPER = { width: 640, height: 320, autosize: false }; // as plot.css has it
let sizes = null;

/** One observer for the places of all charts, and what paper asks of them; made with the first. */
function watchPlaces() {
  // Plotly follows the window alone; a sidebar that closes, zoom, and a place that is another size do more.
  sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) placed.get(target)?.fit();
  });
  const print = (isOnPaper) => () => {
    for (const host of document.querySelectorAll(".plot-host")) placed.get(host)?.print(isOnPaper);
  };
  addEventListener("beforeprint", print(true));
  addEventListener("afterprint", print(false));
}

/** Plotly of our own, beside whatever Plotly the page has: `window.Plotly` is given back. */
export function loadPlotly() {
  if (window.SeekPlotly) return Promise.resolve(window.SeekPlotly);
  loading ??= new Promise((resolve, reject) => {
    const theirs = window.Plotly;
    const script = el("script", { src: new URL("../vendor/plotly.min.js", import.meta.url).href });
    script.onload = () => {
      window.SeekPlotly = window.Plotly;
      if (theirs) window.Plotly = theirs;
      resolve(window.SeekPlotly);
    };
    script.onerror = () => {
      loading = null;
      reject(new Error("The plots could not be loaded. The texts are all here; load the page again for the plots."));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * @param {string} label                     what the plot shows, for those who do not see it
 * @param {(iteration: number) => void} pick a click on the plot chose this iteration
 * @param {{line?: boolean, trail?: boolean, grows?: boolean}} marks   what shows the cursor besides the ring, and
 *     whether the axes of what grows under one name stay as they are while they can
 */
export function createPlot(label, pick, { line = false, trail = false, grows = false } = {}) {
  const host = el("div", { class: "plot-host" });
  const cursor = svg("svg", { class: "plot-cursor", "aria-hidden": "true" });
  const node = el("div", { class: "plot", role: "group", "aria-label": label }, host, cursor);
  let figure = null;
  let here = 0;
  let waiting = null;
  let config = null;
  let zoom = null; // ranges that the user chose, by axis: Plotly forgets them when the figure's own change
  let numDrawn = 0;
  let numResets = 0;
  let light = {}; // a colour of the dark page -> the light one's

  const place = () => {
    if (figure && !figure.cursor.z) drawCursor(cursor, host, figure.cursor, here, { line, trail });
    else cursor.replaceChildren();
  };

  const draw = async (plotly, isOnPaper = false) => {
    const { data, layout, name } = isOnPaper ? recoloured(waiting, light) : waiting;
    if (figure?.name !== name) zoom = null;
    figure = waiting;
    node.classList.toggle("deep", Boolean(figure.cursor.z));
    config ??= {
      ...CONFIG,
      modeBarButtonsToAdd: [{ name: "reset", title: "Reset the view", icon: plotly.Icons.home, click: reset }],
    };
    const traces = figure.cursor.z ? [...data, ringTrace(host, figure, here)] : data;
    const shown = {
      ...layout,
      ...axesOf(layout, zoom, ++numDrawn),
      uirevision: `${name}/${numResets}`,
      ...(isOnPaper ? PAPER : { autosize: true }),
    };
    await withoutBase(() => plotly.react(host, traces, shown, config));
    if (!host.dataset.wired)
      wire(host, {
        place,
        reset,
        pick: (point) => pick(nearest(figure.cursor, point)),
        zoomed: (ranges) => (zoom = ranges),
      });
    place();
  };

  const reset = () => {
    zoom = null;
    numResets += 1;
    draw(window.SeekPlotly);
  };

  placed.set(host, {
    async fit() {
      if (!host.dataset.wired || !host.clientWidth) return;
      await withoutBase(() => window.SeekPlotly.Plots.resize(host));
      place();
    },
    print: (isOnPaper) => host.dataset.wired && host.clientWidth && draw(window.SeekPlotly, isOnPaper),
  });
  if (!sizes) watchPlaces();
  sizes.observe(host);

  saveable.set(node, { label, image: (format, caption) => imageOf(host, format, caption) });
  return {
    node,
    /** Show a figure in colours mapped by `dark`; `name` stays the same while zoom shall survive. */
    async show(next, name, dark) {
      const stays = grows && waiting?.name === name;
      light = Object.fromEntries(Object.entries(dark).map(([ours, theirs]) => [theirs, ours]));
      waiting = { ...crossed(recoloured(stays ? onAxesOf(waiting, next) : next, dark)), name };
      await draw(await loadPlotly());
    },
    /** Put the cursor on an iteration. */
    move(iteration) {
      here = iteration;
      if (!figure) return;
      if (!figure.cursor.z) return place();
      const { x, y, z } = ringTrace(host, figure, here);
      window.SeekPlotly.restyle(host, { x: [x], y: [y], z: [z] }, [figure.data.length]);
    },
  };
}

/**
 * Where a page has a <base>, Plotly writes the page's address into what its marks refer to (clips, gradients), and
 * the address changes with the cursor. Plotly looks for the base before it returns.
 */
function withoutBase(draw) {
  const base = document.querySelector("base[href]");
  const href = base?.getAttribute("href");
  base?.removeAttribute("href");
  try {
    return draw();
  } finally {
    base?.setAttribute("href", href);
  }
}

/** The plots on screen in an element: `{label, image(format, caption)}`, where image gives a data: address. */
export const plotsIn = (element) =>
  [...element.querySelectorAll(".plot")]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && node.querySelector(".main-svg"))
    .map((node) => saveable.get(node));

/** What a plot shows now, its zoom too, with a legend and a caption, on the page's paper. */
function imageOf(host, format, caption) {
  const paper = getComputedStyle(host).getPropertyValue("--paper").trim();
  const layout = {
    ...host.layout,
    paper_bgcolor: paper,
    autosize: false,
    showlegend: host.data.some(({ name }) => name),
    legend: { orientation: "h", y: -0.16 },
    title: { text: escaped(caption), font: { size: 14 }, x: 0.02, xanchor: "left" },
    margin: { l: 76, r: 64, t: 64, b: 96 },
  };
  return window.SeekPlotly.toImage({ data: host.data, layout }, { format, ...IMAGE, scale: format === "png" ? 2 : 1 });
}

/** Plotly reads a few HTML tags in its texts. */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function wire(host, { place, reset, pick, zoomed }) {
  host.dataset.wired = "yes";
  host.on("plotly_afterplot", place);
  host.on("plotly_relayouting", place);
  host.on("plotly_click", (event) => pick(event.points[0]));
  host.on("plotly_doubleclick", reset);
  host.on("plotly_relayout", (event) => {
    if (!Object.keys(event).some((key) => key.includes("axis.range"))) return;
    const { xaxis, yaxis } = host._fullLayout;
    zoomed({ xaxis: [...xaxis.range], yaxis: [...yaxis.range] });
  });
}

/** The axes of a flat plot, at the user's zoom if there is one; a new revision each time, so that ours count. */
function axesOf(layout, zoom, uirevision) {
  if (layout.scene) return {};
  return Object.fromEntries(
    ["xaxis", "yaxis"].map((name) => [
      name,
      { ...layout[name], range: zoom?.[name] ?? layout[name].range, uirevision },
    ]),
  );
}

/** Iteration whose point lies where the user clicked. */
function nearest({ x, y, other }, point) {
  const gaps = x.map((value, k) => Math.abs(value - point.x) + Math.abs((y[k] ?? point.y) - point.y));
  const least = Math.min(...gaps);
  if (!other) return gaps.indexOf(least);
  const there = other.x.map((value, k) => Math.abs(value - point.x) + Math.abs((other.y[k] ?? point.y) - point.y));
  return Math.min(...there) < least ? there.indexOf(Math.min(...there)) : gaps.indexOf(least);
}

function ringTrace(host, { cursor }, k) {
  const color = getComputedStyle(host).getPropertyValue("--here");
  return {
    type: "scatter3d",
    mode: "markers",
    x: [cursor.x[k]],
    y: [cursor.y[k]],
    z: [cursor.z[k]],
    marker: { symbol: "circle-open", size: 15, color, line: { width: 4 } },
    hoverinfo: "skip",
    showlegend: false,
  };
}

function drawCursor(layer, host, points, k, { line, trail }) {
  const { xaxis, yaxis } = host._fullLayout ?? {};
  if (!xaxis || k >= points.x.length || points.y[k] === null) return layer.replaceChildren();
  const box = { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
  for (const [side, value] of Object.entries(box)) layer.style[side] = `${value}px`;
  const [x, y] = [xaxis.l2p(points.x[k]), yaxis.l2p(points.y[k])];
  const half = (xaxis.l2p(1) - xaxis.l2p(0)) / 2;
  const marks = [svg("circle", { class: "ring", cx: x, cy: y, r: 13 })];
  if (points.other)
    marks.push(
      svg("circle", { class: "ring other", cx: xaxis.l2p(points.other.x[k]), cy: yaxis.l2p(points.other.y[k]), r: 13 }),
    );
  if (line) {
    marks.unshift(
      svg("rect", {
        class: "veil",
        x: x + half,
        y: yaxis.l2p(0.08),
        width: Math.max(0, box.width - x - half),
        height: box.height,
      }),
      svg("line", { class: "line", x1: x, x2: x, y1: 0, y2: box.height }),
    );
  }
  if (trail) {
    const done = points.x.slice(0, k + 1).map((value, i) => `${xaxis.l2p(value)},${yaxis.l2p(points.y[i])}`);
    marks.unshift(svg("polyline", { class: "trail", points: done.join(" ") }));
  }
  layer.replaceChildren(...marks);
}

/**
 * A path in space whose wrong answers are crosses as in the plane. Its marks are glyphs of a font, of which few have
 * Plotly's "x": they are the letter × at the colours that the marks would have.
 */
function crossed(figure) {
  if (!figure.cursor.z) return figure;
  return { ...figure, data: figure.data.flatMap(withCrosses) };
}

function withCrosses(trace) {
  const { symbol, size, color, cmin, cmax, colorscale } = trace.marker;
  const wrong = [...symbol.keys()].filter((k) => symbol[k] === "cross");
  const only = (values) => wrong.map((k) => values[k]);
  const letters = {
    type: trace.type,
    mode: "text",
    ...Object.fromEntries(["x", "y", "z", "hovertext"].map((name) => [name, only(trace[name])])),
    text: wrong.map(() => "×"),
    textposition: "middle center",
    textfont: {
      size: 34,
      weight: 900,
      color: only(color).map((value) => shade(colorscale, (value - cmin) / (cmax - cmin))),
    },
    hoverinfo: "text",
  };
  const marks = { ...trace.marker, opacity: 1, size: symbol.map((name) => (name === "cross" ? 0 : 2 * size)) }; // a list is of radii
  return [{ ...trace, marker: marks }, letters];
}

/** The colour at a share of a scale of two colours. */
function shade([[, low], [, high]], share) {
  const at = Math.min(1, Math.max(0, share || 0));
  const [from, to] = [low, high].map((colour) => [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16)));
  return `rgb(${from.map((value, i) => Math.round(value + at * (to[i] - value))).join(",")})`;
}

/** The figure with each colour replaced by its dark counterpart. */
export function recoloured(value, dark) {
  if (typeof value === "string") return dark[value] ?? value;
  if (Array.isArray(value)) return value.map((item) => recoloured(item, dark));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recoloured(item, dark)]));
}
