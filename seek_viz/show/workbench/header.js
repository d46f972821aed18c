// What was asked, of what model, under which settings, and whether this is a recording.

import { el } from "./dom.js";

/** @type {Panel} */
export const headerPanel = { id: "header", title: "Run", of: "one", create };

/** @type {Panel["create"]} */
function create(store, { share, again, pin }) {
  const node = el("header", { class: "run-header" });
  const pinButton = el("button", {
    type: "button",
    onclick: () => pin?.(store.get().pinned ? "" : store.get().run.run_id),
  });
  const counterpart = el("button", {
    type: "button",
    class: "counterpart",
    onclick: () => pin(store.get().run.run_id, store.get().run.counterpart),
  });
  const liveButton = el("button", { type: "button", onclick: () => again(store.get().run.run_id) }, "Run it live");
  const actions = el(
    "div",
    { class: "actions" },
    ...(again ? [liveButton] : []),
    ...(pin ? [counterpart, pinButton] : []),
    el("button", { type: "button", onclick: share }, "Share, save"),
  );
  const drawPinned = ({ pinned }) =>
    (pinButton.textContent = pinned ? "Pinned: open another run (unpin)" : "Pin to compare");
  const drawRun = ({ run }) => {
    const drawn = `${run.run_id} ${run.command}`; // settings may change within a run
    if (node.dataset.run === drawn) return;
    node.dataset.run = drawn;
    const { problem } = run;
    liveButton.hidden = run.origin === "live";
    counterpart.hidden = !run.counterpart;
    counterpart.textContent = run.rule.control ? "Compare with the gradient" : "Compare with the control";
    node.replaceChildren(
      el("div", { class: "header-top" }, el("div", { class: "labels" }, badge(run.origin), ...labels(run)), actions),
      ...(run.title ? [el("p", { class: "run-title" }, run.title)] : []),
      el(
        "div",
        { class: "problem" },
        el("p", { class: "question", dir: "auto", tabindex: "0" }, problem.question),
        gold(problem.gold),
      ),
      settingsList(run.settings, labelsOf(run)),
    );
  };
  return {
    node,
    draws: [
      [["pinned"], drawPinned],
      [["run"], drawRun],
    ],
  };
}

export const badge = (origin) =>
  el("span", { class: `badge ${origin}` }, origin === "live" ? "live run" : "recorded run");

/** @returns {[name: string, text: string][]} */
function labelsOf({ problem, model, versions, created_at: createdAt }) {
  const size =
    model.num_parameters >= 1e9
      ? `${(model.num_parameters / 1e9).toFixed(1)} B`
      : `${(model.num_parameters / 1e6).toFixed(2)} M`;
  const date = createdAt.slice(0, 16).replace("T", " ");
  const place = [problem.id, problem.tier].filter(Boolean).join(", ");
  return [
    ["problem", place],
    ["model", `${model.name} (${size}, ${model.dtype}, ${model.device})`],
    ["made", `${date} UTC`],
    ...made(versions),
  ];
}

/** What computed the run; recordings of old did not note it. @returns {[name: string, text: string][]} */
function made(versions) {
  const told = Object.entries(versions ?? {}).map(([name, version]) => `${name.replaceAll("_", "-")} ${version}`);
  return told.length ? [["with", told.join(", ")]] : [];
}

export const labels = (run) =>
  labelsOf(run).map(([name, text]) => el("span", { class: "label" }, name === "made" ? text : `${name} ${text}`));

function gold(answer) {
  const text = answer === null ? "unknown" : answer;
  return el("p", { class: "gold" }, el("span", {}, "gold answer"), el("strong", {}, text));
}

/**
 * The settings of a run by symbol or name, with the gloss on hover; of one that changed, from where on.
 *
 * @param {Setting[]} list
 * @param {[name: string, text: string][]} labels   told here on a phone, where there is no room for them above
 */
export function settingsList(list, labels = []) {
  const items = list.map(({ symbol, label, value, gloss, history }) =>
    el(
      "div",
      { title: gloss || null },
      el("dt", {}, symbol || label),
      el("dd", {}, history ? told(history) : String(value)),
    ),
  );
  const onPhone = labels.map(([name, text]) =>
    el("div", { class: "for-phone" }, el("dt", {}, name), el("dd", {}, text)),
  );
  return el("dl", { class: "settings", "aria-label": "Settings" }, ...onPhone, ...items);
}

const told = (history) =>
  history.map(([from, value], n) => (n ? `${value} from iteration ${from}` : String(value))).join(", ");
