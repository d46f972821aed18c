// One card for taking a run away: its link, the command that repeats it, its files, its views as images.

import { el } from "./dom.js";
import { linkOf } from "./link.js";
import { panelsIn } from "./picture.js";
import { plotsIn } from "./plot.js";

const FILES = [
  ["html", "Replay", "one HTML file: this player with this run, without a network"],
  ["csv", "Table", "one row per iteration"],
  ["json", "Recording", "the trace; seek-viz replay and export read it"],
];

/**
 * @param {Store} store
 * @param {HTMLElement} element   where the views are
 * @param {(run: Run) => Record<string, string>} files   address of each kind of file of a run
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
  const open = () => {
    const state = store.get();
    if (!state.run) return;
    body.replaceChildren(...rowsOf(state, files(state.run), [...plotsIn(element), ...panelsIn(element)]));
    node.showModal();
    body.querySelector("button").focus();
    for (const field of body.querySelectorAll("textarea")) field.scrollTop = 0;
  };
  return { node, open };
}

function rowsOf(state, hrefs, views) {
  const { run } = state;
  const link = run.link ? linkOf(state) : null;
  const saved = FILES.filter(([kind]) => hrefs[kind]);
  return [
    el("h3", {}, "Share"),
    ...(link ? [copyRow("Link", link, "Copy link")] : []),
    copyRow("Command", run.command, "Copy as command"),
    el("h3", {}, "Save"),
    el("dl", {}, ...saved.map(([kind, name, gloss]) => fileRow(name, gloss, kind, hrefs[kind], fileName(run)))),
    el("h3", {}, "Views as images, as they stand"),
    el("dl", { class: "views" }, ...views.map((view) => viewRow(view, run))),
  ];
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

function fileRow(name, gloss, kind, href, file) {
  const download = el("a", { href, download: `${file}.${kind}`, class: "button" }, `Save ${kind.toUpperCase()}`);
  return el("div", {}, el("dt", {}, name), el("dd", {}, gloss), el("dd", {}, download));
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
