// One card for taking a run away: its link, the command that repeats it, its files, its views as images.

import { panelsOf } from "./desk.js";
import { el } from "./dom.js";
import { LETTERS } from "./letters.js";
import { leavesOut, linkOf, replayQuery } from "./link.js";
import { panelsIn } from "./picture.js";
import { plotsIn } from "./plot.js";
import { runsOf } from "./store.js";

/** @typedef {[kind: string, name: string, gloss: string]} File */
/** @type {File} */
const REPLAY = ["html", "Replay", "one HTML file: this player with what is shown, without a network"];
/** @type {File[]} */
const FILES = [
  ["csv", "Table", "one row per iteration"],
  ["txt", "Text", "question, settings, and what each iteration wrote"],
  ["json", "Recording", "the trace; seek-viz replay and export read it"],
];

/**
 * @param {Store} store
 * @param {HTMLElement} element   where the views are
 * @param {(run: Run, query: string) => Record<string, string>} files   address of each kind of file of a run
 * @returns {{node: HTMLDialogElement, open: () => void}}
 */
export function createShare(store, element, files) {
  const body = el("div", { class: "share-body" });
  const node = el(
    "dialog",
    { class: "card taking", "aria-label": "Share or save this run" },
    body,
    el("button", { type: "button", onclick: () => node.close() }, "Close"),
  );
  const fill = () => {
    const views = [...plotsIn(element), ...panelsIn(element)];
    body.replaceChildren(...rowsOf(store.get(), files, views, openAt));
    for (const field of body.querySelectorAll("textarea")) field.scrollTop = 0;
  };
  const openAt = (panel) => {
    store.set({ panel });
    fill();
    body.querySelector("select").focus();
  };
  const open = () => {
    if (!store.get().run) return;
    node.showModal(); // what is to be filled has its size then
    fill();
    body.querySelector("button").focus();
  };
  return { node, open };
}

function rowsOf(state, files, views, openAt) {
  const { run } = state;
  const runs = runsOf(state);
  const of = (i) => (runs.length > 1 ? ` of ${LETTERS[i]}` : "");
  const hrefs = (one) => files(one, replayQuery(state));
  const saved = [
    fileRow(REPLAY, "", hrefs(run), fileName(run)),
    ...runs.flatMap((one, i) => FILES.map((file) => fileRow(file, of(i), hrefs(one), fileName(one)))),
  ];
  return [
    el("h3", {}, "Share"),
    ...(run.link ? [copyRow("Link", linkOf(state), "Copy link"), panelChoice(state, openAt)] : []),
    ...(run.link && leavesOut(state) ? [el("p", { class: "muted" }, LEFT_OUT)] : []),
    ...runs.map((one, i) => copyRow(`Command${of(i)}`, one.command, `Copy as command${of(i)}`)),
    el("h3", {}, "Save"),
    el("dl", {}, ...saved),
    el("h3", {}, "Views as images, as they stand"),
    el("dl", { class: "views" }, ...views.map((view) => viewRow(view, run))),
  ];
}

const LEFT_OUT = "A is a live run of this page, which no link holds: save the replay to keep both.";

/** Where the link and the replay open: at the top, or at one of the panels that are on the page. */
function panelChoice(state, openAt) {
  const options = panelsOf(state).map(({ id, title }) =>
    el("option", { value: id, selected: id === state.panel }, title),
  );
  const select = el(
    "select",
    { "aria-label": "Opens at", onchange: () => openAt(select.value || null) },
    el("option", { value: "", selected: state.panel === null }, "the top of the page"),
    ...options,
  );
  return el("label", { class: "opens-at" }, "It opens at ", select);
}

/** A text that can be seen, selected and copied: a page without https may not write the clipboard. */
function copyRow(label, text, words) {
  const field = el("textarea", { readonly: true, rows: 3, "aria-label": label, spellcheck: "false" });
  field.value = text;
  const told = el("span", { class: "told", role: "status" });
  const copy = async () => {
    field.select();
    field.scrollTop = 0;
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = "copied";
    } catch {
      told.textContent = document.execCommand("copy") ? "copied" : "press Ctrl+C";
    }
  };
  const button = el("button", { type: "button", onclick: copy }, words);
  return el("div", { class: "copy-row" }, field, el("div", {}, button, told));
}

function fileRow([kind, name, gloss], whose, hrefs, file) {
  if (!hrefs[kind]) return null;
  const words = `Save ${kind.toUpperCase()}${whose}`;
  const download = el("a", { href: hrefs[kind], download: `${file}.${kind}`, class: "button" }, words);
  return el("div", {}, el("dt", {}, `${name}${whose}`), el("dd", {}, gloss), el("dd", {}, download));
}

function viewRow({ label, image }, run) {
  const save = async (format) => {
    const anchor = el("a", {
      href: await image(format, captionOf(run)),
      download: `${fileName(run)}-${slug(label)}.${format}`,
    });
    anchor.click();
  };
  const buttons = ["png", "svg"].map((format) =>
    el(
      "button",
      { type: "button", "aria-label": `${label} as ${format.toUpperCase()}`, onclick: () => save(format) },
      format.toUpperCase(),
    ),
  );
  return el("div", {}, el("dt", {}, label), el("dd", {}, ...buttons));
}

const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60) || "run";

const fileName = (run) => slug(`${run.problem.id} ${run.config.reward} ${run.config.decode_mode}`);

function captionOf(run) {
  const words = run.settings.map(({ symbol, label, value }) => `${symbol || label} ${value}`);
  return [run.problem.id, run.model.name, ...words].join(" · ");
}
