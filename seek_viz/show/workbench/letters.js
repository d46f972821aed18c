// Which of two runs: A is the pinned one, B the one that was opened after it.

import { el } from "./dom.js";

export const LETTERS = ["A", "B"];

/** The letter of a run, with the dash of its line. */
export const letter = (i) => el("span", { class: `letter ${LETTERS[i].toLowerCase()}` }, LETTERS[i]);
