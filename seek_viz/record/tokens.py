"""Display of tokens: invisible characters as signs, partial characters as bytes.

    " 5" -> ·5     tab -> ⇥     line break -> ⏎     no-break space -> ⍽     zero-width space -> [ZWSP]
    part of a character's bytes -> ⟨F0 9F⟩

A sign that is itself in a text is shown by its code. `workbench/tokens.js` draws the same in the browser, and
a test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

SIGNS = {" ": "·", "\t": "⇥", "\n": "⏎", "\r": "␍", "\u00a0": "⍽"}
NAMES = {
    "\u00ad": "SHY",
    "\u061c": "ALM",
    "\u2009": "THSP",
    "\u200a": "HSP",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u202f": "NNBSP",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\u3000": "IDSP",
    "\ufeff": "ZWNBSP",
}
"""Unicode's own abbreviations; others of their kind are shown by their code."""
_LETTERS_NOT_SEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Of classes that are otherwise seen: fillers, variation selectors, the blank of Braille."""
_UNSEEN_KINDS = ("Cc", "Cf", "Co", "Cs", "Zs", "Zl", "Zp")
_SHOWN_BY_CODE = tuple(SIGNS.values())
_BYTES = re.compile(r"(⟨[0-9A-F]{2}(?: [0-9A-F]{2})*⟩)")
REPLACEMENT = "\ufffd"


def visible(token: str) -> str:
    """A token by itself, every character of it to be seen; the bytes in its name stay as they are."""
    stretches = _BYTES.split(token)
    stretches[::2] = ["".join(SIGNS.get(c) or _seen(c) for c in text) for text in stretches[::2]]
    return "".join(stretches)


def visible_text(text: str) -> str:
    """Running text: its spaces and line breaks do their work, whatever else cannot be seen gets its sign."""
    return "".join(letter if letter in " \n" else SIGNS.get(letter) or _seen(letter) for letter in text)


def _seen(letter: str) -> str:
    if letter in NAMES:
        return f"[{NAMES[letter]}]"
    is_unseen = unicodedata.category(letter) in _UNSEEN_KINDS or _LETTERS_NOT_SEEN.match(letter)
    if is_unseen or letter in _SHOWN_BY_CODE:
        return f"[U+{ord(letter):04X}]"
    # An accent by itself would sit on whatever stands before it.
    return f"◌{letter}" if unicodedata.category(letter) == "Mn" else letter


def bytes_shown(raw: bytes) -> str:
    """Bytes as text, those that are no whole character as ⟨F0 9F⟩."""
    shown, rest = "", raw
    while rest:
        try:
            return shown + rest.decode("utf-8")
        except UnicodeDecodeError as error:
            # Several bad stretches may follow one another, as the decoder tells them: they are shown as one.
            text, bad = rest[: error.start].decode("utf-8"), rest[error.start : error.end]
            joined = shown.endswith("⟩") and not text
            shown = f"{shown[:-1]} {_hex(bad)}⟩" if joined else f"{shown}{text}⟨{_hex(bad)}⟩"
            rest = rest[error.end :]
    return shown


def _hex(raw: bytes) -> str:
    return " ".join(f"{byte:02X}" for byte in raw)


def whole_characters(pieces: Sequence[str], parts: Sequence[str]) -> dict[int, str]:
    """The character that each part of one belongs to.

    Args:
        pieces: the text that each token adds; a character stands in the piece of its last token.
        parts: for each token, its bytes as shown where they are no whole characters, else "".

    Returns:
        Position -> character, for the positions with a part; "" where the bytes never became one.
    """
    found: dict[int, str] = {}
    following = ""
    for position in reversed(range(len(parts))):
        first = pieces[position][:1]
        if parts[position]:
            ends_one = first and parts[position].startswith("⟨")
            found[position] = (first if ends_one else following).replace(REPLACEMENT, "")
        following = first or following
    return found
