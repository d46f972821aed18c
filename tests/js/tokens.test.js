import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changeWords,
  spelled,
  tokenAt,
  tokenWords,
  visible,
  visibleText,
} from "../../seek_viz/show/workbench/tokens.js";

test("what cannot be seen gets a sign, a name or a code", () => {
  assert.equal(visible(" 5\t\n"), "·5⇥⏎");
  assert.equal(visible("\u200b\u{e0001}"), "[ZWSP][U+E0001]");
  assert.equal(visible("·"), "[U+00B7]"); // or it would be taken for a space
  assert.equal(visible("\u0301"), "◌\u0301");
});

test("the bytes in a token's name stay as they are", () => {
  assert.equal(visible("⟨F0 9F⟩ "), "⟨F0 9F⟩·");
});

test("spaces do their work in running text", () => {
  assert.equal(visibleText("a b\n"), "a b⏎");
});

test("who listens hears words", () => {
  assert.equal(spelled(" 5"), "space 5");
  assert.equal(spelled("\n"), "line break");
});

test("a token that is part of a character shows its bytes and names the character", () => {
  const step = { tokens: ["5", ""], byte_parts: { 1: ["⟨F0 9F⟩", "\u{1f600}"] } };
  assert.equal(tokenAt(step, 1), "⟨F0 9F⟩");
  assert.equal(tokenWords(step, 1), "⟨F0 9F⟩, bytes of \u{1f600}");
  assert.equal(tokenWords({ tokens: [""], byte_parts: {} }, 0), "empty");
});

test("a flip is told before a shift", () => {
  const grid = { flipped: [true, false, false], shifts: [1, -2, 0] };
  assert.deepEqual(
    [0, 1, 2].map((t) => changeWords({ grid }, t)),
    ["flipped", "shifted by −2", ""],
  );
});
