r"""One notation for the ways in which people and models write an answer.

`½`, `**42**`, `\text{1,080}`, `5²`, `\dfrac12` and `$\left( 1, 2 \right).$` become what the other files of
this folder read: ASCII digits, plain LaTeX commands, braces around every argument, no decoration. Nothing is
evaluated, and each rule is one pass over the text.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from seek_viz.grading.nouns import GREEK
from seek_viz.grading.tex import braced, undisplayed

_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_SIGNS = {
    **dict.fromkeys("−–—‒―﹣‐‑﹘", "-"),
    "⁄": "/",
    "∕": "/",
    "×": r" \times ",
    "✕": r" \times ",
    **dict.fromkeys("⋅·∙•‧", r" \cdot "),
    "∗": "*",
    "÷": r" \div ",
    "π": r"\pi ",
    "∞": r"\infty ",
    "≤": r" \leq ",
    "⩽": r" \leq ",
    "≥": r" \geq ",
    "⩾": r" \geq ",
    "≠": r" \neq ",
    "≈": r" \approx ",
    "±": r" \pm ",
    "∪": r" \cup ",
    "∩": r" \cap ",
    "∈": r" \in ",
    "∅": r" \emptyset ",
    "°": r" degrees ",
    "º": r" degrees ",
    "√": r"\sqrt ",
    "∛": r"\sqrt[3] ",
    "θ": r"\theta ",
    "¢": " cents",
    "٫": ".",
    "٬": ",",
    "，": ",",
    "、": ",",
    "。": ".",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
}
_WRAPPERS = (
    "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "mathrm", "mathbf", "mathit",
    "mathsf", "mathtt", "mathcal", "mathbb", "mbox", "hbox", "operatorname", "emph", "bm", "boldsymbol",
    "boxed", "fbox", "underline", "ensuremath",
)  # fmt: skip
_WRAPPER = re.compile(r"\\(?:" + "|".join(_WRAPPERS) + r")\*?\s*\{")
_SWITCH = re.compile(
    r"\\(?:rm|bf|it|sf|tt|displaystyle|textstyle|limits|nolimits|mathstrut|strut)(?![A-Za-z])"
)
_SIZE = re.compile(r"\\(?:left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])\s*\.?")
_SPACE = re.compile(
    r"(?<!\\)\\(?:[,:;>]|\s|(?:quad|qquad|thinspace|enspace|hspace\{[^{}]*\}|hfill|color\{\w*\})(?![A-Za-z]))|~"
)
_RENAMED = {
    "dfrac": "frac",
    "tfrac": "frac",
    "cfrac": "frac",
    "le": "leq",
    "leqslant": "leq",
    "ge": "geq",
    "geqslant": "geq",
    "ne": "neq",
    "lbrace": "{",
    "rbrace": "}",
    "lbrack": "[",
    "rbrack": "]",
    "varnothing": "emptyset",
    "dbinom": "binom",
    "tbinom": "binom",
    "ast": "cdot",
    "lvert": "vert",
    "rvert": "vert",
    "mid": "vert",
    "infin": "infty",
    "bar": "overline",
}
_RENAMING = re.compile(r"\\(" + "|".join(_RENAMED) + r")(?![A-Za-z])")
_WORDS = re.compile(
    rf"(?<![A-Za-z\\])({'|'.join(sorted(GREEK))}|infinity|inf|sqrt|sin|cos|tan|log|ln|exp)(?![A-Za-z])"
)
_OVERLINED = re.compile("(?:\\d[\u0304\u0305])+")  # a digit and the bar over it are two signs
_DEGREES = re.compile(r"\^\s*(?:\\circ|\{\s*\\circ\s*\})|\\degree|\\circ(?![A-Za-z])")
_POWER_SIGN = re.compile(r"\*\*")
_SHORT_LOG = re.compile(r"\\log_\s*(\d)\s*(\d+)(?!\d)")
_DEGREE_ANGLE = re.compile(r"\\(sin|cos|tan|cot|sec|csc)\s*\(?\s*(\d+(?:\.\d+)?)\s+degrees\s*\)?")
_ANNOUNCED = re.compile(
    r"^\s*(?:(?:the\s+)?(?:final\s+)?answer\s*(?:is\s*:?|:|=)|=|\\approx(?![a-z]))\s*", re.IGNORECASE
)
_INVISIBLE = re.compile(r"\s*\{([^{}\\]*,[^{}\\]*)\}\s*")  # braces that TeX does not print
_QUOTES = "\"'`"
_CLOSING = re.compile(r"(?<!\.)\.|[,;:?]|(?<=[a-z]{3})!")  # "Monday!", but n! is a factorial
# 1/2x is a half of x, as a computer reads it.
_QUOTIENT = re.compile(r"(?<![\d./}^_])(\d+)\s*/\s*(\d+)(?=\s*[A-Za-z\\(])")


@functools.lru_cache(maxsize=4096)
def plain(text: str) -> str:
    r"""An answer in the notation of this folder.

    Args:
        text: as a person or a model wrote it.

    Returns:
        ASCII digits and signs; `\frac{}{}`, `\sqrt{}`; no wrappers, sizes, spacing commands, Markdown or
        closing full stop.
    """
    text = _OVERLINED.sub(lambda match: rf"\overline{{{re.sub('[^0-9]', '', match[0])}}}", text)
    text = undisplayed(re.sub(r"\\!\s*", "", _ascii(text)).replace("{,}", ","))
    text = _undecorated(_SPACE.sub(" ", text + " "))
    text = _unwrapped(text)
    text = _SIZE.sub("", _SWITCH.sub(" ", text))
    text = _ANNOUNCED.sub("", text)
    if shown := _INVISIBLE.fullmatch(text):
        text = shown[1]
    text = _RENAMING.sub(lambda match: "\\" + _RENAMED[match[1]], text)
    text = _DEGREES.sub(" degrees ", text).replace(r"\%", "%").replace(r"\$", "$").replace(r"\#", "#")
    text = _POWER_SIGN.sub("^", text)
    text = _WORDS.sub(
        lambda match: "\\" + {"infinity": "infty", "inf": "infty"}.get(match[1], match[1]), text
    )
    text = _SHORT_LOG.sub(r"\\log_{\1}{\2}", text)
    text = _DEGREE_ANGLE.sub(r"\\\1(\\frac{\2\\pi}{180})", text)
    text = braced(text)
    text = _QUOTIENT.sub(r"\\frac{\1}{\2}", text)
    return _undecorated(re.sub(r"\s+", " ", text))


def _ascii(text: str) -> str:
    """Digits, signs and fractions of Unicode in ASCII; superscripts as powers."""
    signs: list[str] = []
    raised = lowered = False
    for sign in text:
        if (raised and sign not in _SUPERSCRIPTS) or (lowered and sign not in _SUBSCRIPTS):
            signs.append("}")
            raised = lowered = False
        if sign in _SUPERSCRIPTS:
            signs.append(_SUPERSCRIPTS[sign] if raised else "^{" + _SUPERSCRIPTS[sign])
            raised = True
        elif sign in _SUBSCRIPTS:
            signs.append(_SUBSCRIPTS[sign] if lowered else "_{" + _SUBSCRIPTS[sign])
            lowered = True
        else:
            signs.append(_ascii_sign(sign))
    return "".join(signs) + "}" * (raised or lowered)


@functools.lru_cache(maxsize=1024)
def _ascii_sign(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.digit(sign))
    if category in ("Cf", "Cc", "Co", "Cn"):
        return " " if sign.isspace() else ""
    wide = unicodedata.normalize("NFKC", sign)
    if category == "No" and "⁄" in wide:  # a vulgar fraction, which may follow a whole number
        return " " + wide.replace("⁄", "/")
    return "".join(_SIGNS.get(one, one) for one in wide)


def _undecorated(text: str) -> str:
    """Without Markdown, quotes, dollars of TeX and closing punctuation around it."""
    before = None
    while text != before:
        before = text
        text = text.strip()
        for opening, closing in (("$$", "$$"), (r"\(", r"\)"), (r"\[", r"\]"), ("**", "**"), ("__", "__")):
            if len(text) >= len(opening + closing) and text.startswith(opening) and text.endswith(closing):
                text = text[len(opening) : -len(closing)]
        if len(text) > 2 and text[0] == text[-1] and text[0] in "$*_" + _QUOTES:
            text = text[1:-1]
        text = text.rstrip()
        if text and _CLOSING.match(text, len(text) - 1):
            text = text[:-1]
    return text


def _unwrapped(text: str) -> str:
    r"""Without `\text{...}` and its like; what they hold stays, set apart by spaces."""
    if "\\" not in text:
        return text
    openings = {match.end() - 1: match.start() for match in _WRAPPER.finditer(text)}
    drop: list[tuple[int, int]] = []
    stack: list[int] = []
    for match in re.finditer(r"\\\\|\\[{}]|[{}]", text):
        if match[0] == "{":
            stack.append(match.start())
        elif match[0] == "}" and stack:
            opened = stack.pop()
            if opened in openings:
                drop += [(openings[opened], opened + 1), (match.start(), match.end())]
    pieces, at = [], 0
    for start, end in sorted(drop):
        if start >= at:
            pieces += [text[at:start], " "]
            at = end
    return "".join([*pieces, text[at:]])
