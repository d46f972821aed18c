// How a token is shown, as in seek_viz/record/tokens.py, which says why; a test holds the two together.

const SIGNS = new Map([
  [" ", "·"],
  ["\t", "⇥"],
  ["\n", "⏎"],
  ["\r", "␍"],
  ["\u00a0", "⍽"],
]);
const NAMES = new Map([
  ["\u00ad", "SHY"],
  ["\u061c", "ALM"],
  ["\u2009", "THSP"],
  ["\u200a", "HSP"],
  ["\u200b", "ZWSP"],
  ["\u200c", "ZWNJ"],
  ["\u200d", "ZWJ"],
  ["\u200e", "LRM"],
  ["\u200f", "RLM"],
  ["\u202a", "LRE"],
  ["\u202b", "RLE"],
  ["\u202c", "PDF"],
  ["\u202d", "LRO"],
  ["\u202e", "RLO"],
  ["\u202f", "NNBSP"],
  ["\u2060", "WJ"],
  ["\u2066", "LRI"],
  ["\u2067", "RLI"],
  ["\u2068", "FSI"],
  ["\u2069", "PDI"],
  ["\u3000", "IDSP"],
  ["\ufeff", "ZWNBSP"],
]);
const UNSEEN =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: code points by themselves are meant
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Z}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]/u;
const BY_CODE = new Set(SIGNS.values());
const BYTES = /(⟨[0-9A-F]{2}(?: [0-9A-F]{2})*⟩)/;
const WORDS = new Map([
  [" ", "space"],
  ["\t", "tab"],
  ["\n", "line break"],
  ["\r", "carriage return"],
  ["\u00a0", "no-break space"],
]);

const each = (text, show) => Array.from(text, (letter) => show(letter)).join("");

/** A token by itself, every character of it to be seen; the bytes in its name stay as they are. */
export const visible = (token) =>
  token
    .split(BYTES)
    .map((text, i) => (i % 2 ? text : each(text, (letter) => SIGNS.get(letter) ?? seen(letter))))
    .join("");

/** Running text on one line: its spaces do their work, whatever else cannot be seen gets its sign. */
export const visibleText = (text) =>
  each(text, (letter) => (letter === " " ? letter : (SIGNS.get(letter) ?? seen(letter))));

function seen(letter) {
  if (NAMES.has(letter)) return `[${NAMES.get(letter)}]`;
  if (UNSEEN.test(letter) || BY_CODE.has(letter))
    return `[U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`;
  return /\p{Mn}/u.test(letter) ? `◌${letter}` : letter; // an accent by itself would sit on what stands before it
}

/** The same for those who listen: "space 5", "line break". */
export const spelled = (token) =>
  each(token, (letter) => (WORDS.has(letter) ? ` ${WORDS.get(letter)} ` : seen(letter)))
    .trim()
    .replace(/ +/g, " ");

/** What the token at a position of a step is by itself: its text, or what it holds of a character's bytes. */
export const tokenAt = (step, t) => visible(step.byte_parts[t]?.[0] ?? step.tokens[t]);

/** Its name in words, with the character that its bytes belong to. */
export function tokenWords(step, t) {
  const [bytes, character] = step.byte_parts[t] ?? [];
  if (!bytes) return spelled(step.tokens[t]) || "empty";
  return character ? `${bytes}, bytes of ${character}` : `${bytes}, bytes of no whole character`;
}

/** What became of the token at a position since the step before; empty where it was kept. */
export function changeWords({ grid }, t) {
  const by = grid.shifts[t];
  if (grid.flipped[t]) return "flipped";
  return by ? `shifted by ${signed(by)}` : "";
}

export const signed = (by) => (by < 0 ? `−${-by}` : `+${by}`);
