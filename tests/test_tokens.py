"""What is shown of a token tells it from every other, and running text stays text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seek_viz.record.tokens import bytes_shown, visible, visible_text, whole_characters

BY_EYE = {
    "5": "5",
    " 5": "·5",
    "  5": "··5",
    "5 ": "5·",
    "\t": "⇥",
    "\n": "⏎",
    "\r\n": "␍⏎",
    "\u00a05": "⍽5",
    "\u2009": "[THSP]",
    "\u200b": "[ZWSP]",
    "a\u200db": "a[ZWJ]b",
    "\u202e5": "[RLO]5",
    "\x1b[31m": "[U+001B][31m",
    "\u2003": "[U+2003]",
    "\ufe0f": "[U+FE0F]",
    "\u3164": "[U+3164]",
    "\u0301": "◌\u0301",
    "·5": "[U+00B7]5",
    "<|im_end|>": "<|im_end|>",
    "": "",
    " ⟨F0 9F⟩": "·⟨F0 9F⟩",
    "⟨a⟩": "⟨a⟩",
    "価": "価",
    "\U0001f600": "\U0001f600",
}


@pytest.mark.parametrize(("token", "expected"), BY_EYE.items())
def test_each_token_is_seen_for_what_it_is(token: str, expected: str) -> None:
    assert visible(token) == expected


@given(st.text(max_size=6))
def test_nothing_unseen_is_left(token: str) -> None:
    kinds = {unicodedata.category(letter) for letter in visible(token)}
    assert kinds.isdisjoint({"Cc", "Cf", "Zs", "Zl", "Zp"})


@given(st.text(st.sampled_from(" \t\n\r\u00a05·⇥⏎\u200b\u2009a"), max_size=4), st.data())
def test_two_tokens_never_look_alike(token: str, data: st.DataObject) -> None:
    other = data.draw(st.text(st.sampled_from(" \t\n\r\u00a05·⇥⏎\u200b\u2009a"), max_size=4))
    assert (visible(token) == visible(other)) == (token == other)


def test_running_text_keeps_its_spaces_and_lines() -> None:
    assert visible_text("one 1\n two\u00a02\t\x1b[0m") == "one 1\n two⍽2⇥[U+001B][0m"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"abc", "abc"),
        (b"\xf0\x9f", "⟨F0 9F⟩"),
        (b"\x98\x80", "⟨98 80⟩"),
        (b"\x80 the", "⟨80⟩ the"),
        (b" \xf0", " ⟨F0⟩"),
        (b"\x80a\xf0\x9f", "⟨80⟩a⟨F0 9F⟩"),
        ("é".encode(), "é"),
        (b"", ""),
    ],
)
def test_bytes_that_are_no_character_are_numbered(raw: bytes, expected: str) -> None:
    assert bytes_shown(raw) == expected


def test_a_token_that_ends_one_character_and_begins_another() -> None:
    pieces = ["", "\U0001f600", "é!"]
    parts = ["⟨F0 9F 98⟩", "⟨80 C3⟩", "⟨A9⟩!"]
    assert whole_characters(pieces, parts) == {0: "\U0001f600", 1: "\U0001f600", 2: "é"}
    assert whole_characters(["a ", "é"], ["a ⟨C3⟩", "⟨A9⟩"]) == {0: "é", 1: "é"}
    assert whole_characters(["a", "b"], []) == {}
