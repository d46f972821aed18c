// Marks for a legend, as the panels draw them.

import { el, svg } from "./dom.js";

/** A mark that is text in a class of the style sheets. */
export const mark = (name, text = "") => el("span", { class: name }, text);

/** A mark of 40 by 20 that is drawn. */
export const drawn = (...shapes) =>
  svg("svg", { viewBox: "0 0 40 20", class: "legend-sign", "aria-hidden": "true" }, ...shapes);
export const line = (name, d) => svg("path", { class: name, d });
export const disc = (name, r = 6) => svg("circle", { class: name, cx: 20, cy: 10, r });

/** @param {Legend[]} rows */
export const legendList = (rows) =>
  el("dl", {}, ...rows.map(([sign, words]) => el("div", {}, el("dt", {}, sign), el("dd", {}, words))));
