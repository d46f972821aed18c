// What a live run is doing, as words and marks: for the line above the panels, and for the page without a run.

import { el } from "./dom.js";
import { visibleText } from "./tokens.js";

const PHASES = {
  loading: "Loading the model",
  decoding: "Writing",
  judging: "Judging",
  updating: "Pushing the latents",
  mapping: "Mapping the decode regions",
};
export const SIGNS = { approve: "✓", reject: "−", unparsable: "?", no_room: "∅" };
const TAIL = 140;
/** A text that takes longer is watched in the text panel; shorter ones would only flicker there. */
const SLOW_MS = 800;

/**
 * The state that a progress message makes; what goes on keeps the time when it began.
 *
 * @param {Progress|null} before
 * @param {Carrying<"progress">} message
 * @returns {Progress}
 */
export function progressOf(before, { run, phase, text, writing = [], left_s: left = null }) {
  const at = performance.now();
  const goesOn = before?.phase === phase;
  const sameText = goesOn || (before?.phase === "decoding" && phase === "judging");
  return {
    run,
    phase,
    text,
    writing,
    left,
    at,
    began: goesOn ? before.began : at,
    textBegan: sameText ? before.textBegan : at,
  };
}

/** What is said aloud: it changes when a phase or a verifier ends, not with each token. */
export function phaseWords(progress, run) {
  const { phase, writing } = progress;
  const what =
    {
      decoding: ` ${textName(run)}`,
      judging: ` ${textName(run)}`,
      updating: ` for ${textName(run)}`,
    }[phase] ?? "";
  const ended = writing.filter(({ ruling }) => ruling).length;
  return `${PHASES[phase] ?? phase}${what}${ended ? `: ${ended} of ${writing.length} verifiers have ruled` : ""}`;
}

/** Which text is being made. */
export const textName = (run) => (run?.steps.length ? `iteration ${run.steps.length}` : "the first text");

/** Seconds since the phase began, and those that are left of what was asked for. */
export function timeWords({ began, at, left }) {
  const now = performance.now();
  const spent = (now - began) / 1000;
  const rest = left === null ? null : left - (now - at) / 1000;
  return [spent < 2 ? "" : `${Math.floor(spent)} s`, rest === null || rest < 1 ? "" : `about ${duration(rest)} left`]
    .filter(Boolean)
    .join(" · ");
}

const duration = (seconds) =>
  seconds < 90
    ? `${seconds < 20 ? Math.round(seconds) : 5 * Math.round(seconds / 5)} s`
    : `${Math.round(seconds / 60)} min`;

/** The newest words, or each verifier with what it has written. */
export function streamOf({ text, writing }) {
  if (writing.length) return writing.map(writer);
  return [el("span", { class: "stream" }, text.length > TAIL ? `…${text.slice(-TAIL)}` : text)];
}

function writer({ verifier, num_tokens: tokens, text, ruling }) {
  const name = verifier.replaceAll("_", " ");
  const sign = el("span", { class: `ruling small ${ruling ?? "writing"}` }, ruling ? SIGNS[ruling] : "…");
  return el(
    "span",
    { class: "writer", title: visibleText(text.slice(-TAIL)) },
    sign,
    ` ${name} `,
    el("span", { class: "muted" }, String(tokens)),
  );
}

/** The text that is being made, where it is watched in place of the step under the cursor; else null. */
export function watchedText({ run, progress, following, cursor }) {
  const text = ["decoding", "judging"].includes(progress?.phase) ? progress.text : "";
  if (!run.steps.length || !text) return run.steps.length ? null : text;
  const isWaitedFor = following && cursor === run.steps.length - 1;
  return isWaitedFor && performance.now() - progress.textBegan > SLOW_MS ? text : null;
}
