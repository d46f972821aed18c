"""What is counted: "18 red apples in the bag" are apples. Words that change a number count nothing.

Any English word of three letters or more may be a noun that is counted, so what stands here is the other
side: words of mathematics, of number and of bounds, behind which the number is not the answer.
"""

from __future__ import annotations

import re
import unicodedata

from seek_viz.grading.words import NUMBER_WORDS

GREEK = {
    unicodedata.name(chr(code)).rpartition(" ")[2].lower().replace("lamda", "lambda")
    for code in range(0x3B1, 0x3CA)
}
"""Names of the Greek letters."""
_CHANGES_VALUE = GREEK | NUMBER_WORDS | {
    # magnitudes and multiples
    "dozen", "dozens", "score", "scores", "gross", "thousands", "millions", "billions", "trillions",
    "quadrillion", "quintillion", "lakh", "crore", "grand", "mil", "pair", "pairs", "couple", "double",
    "triple", "twice", "thrice", "nth",
    # operations and functions
    "squared", "cubed", "factorial", "root", "sqrt", "power", "plus",
    "minus", "less", "fewer", "over", "under", "mod", "modulo", "base", "remainder", "rem", "divided",
    "multiplied", "choose", "permute", "negative", "positive", "inverse", "reciprocal", "conjugate",
    "opposite", "imaginary", "infinity", "repeating", "recurring", "point", "sin", "cos", "tan", "cot",
    "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "exp", "sine", "cosine",
    "tangent", "secant", "cotangent", "logarithm", "radical", "unknown",
    "variable", "derivative", "prime", "percent", "halved", "doubled", "tripled",
    # what joins, negates or doubts
    "and", "or", "to", "than", "not", "none", "no", "nor", "except", "without", "but", "if", "unless",
    "when", "where", "otherwise", "else", "instead", "versus", "between", "from", "by", "because",
    "since", "wrong", "incorrect",
    # bounds
    "approximately", "about", "roughly", "nearly", "almost", "around", "at", "least", "most", "maximum",
    "minimum", "max", "below", "above", "beyond", "upwards", "plusminus",
    # months: 5 May is a date
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct",
    "nov", "dec", "bce",
}  # fmt: skip
_ASIDE = {
    "each", "apiece", "total", "altogether", "overall", "left", "remaining", "more", "extra", "only",
    "exactly", "combined", "together", "all", "in", "of", "the", "there", "respectively",
}  # fmt: skip
"""Words after a number or a noun that change neither: 3 apples each, $20 total, 5 in all."""
_BEFORE_MORE = {"in", "on", "for", "with", "per", "a", "an", "of", "every", "that", "who", "which"}
"""What a noun is followed by, before more is said of it."""
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_MOST_WORDS = 8
_PRODUCTS = [set(letters) for letters in ("abcd", "xyzw", "pqrs", "klmn", "uvw", "rst", "xyt", "nk")]
_IRREGULAR = {
    "children": "child", "people": "person", "men": "man", "women": "woman", "feet": "foot",
    "teeth": "tooth", "mice": "mouse", "geese": "goose", "leaves": "leaf", "loaves": "loaf",
    "knives": "knife", "wolves": "wolf",
}  # fmt: skip


def is_product(word: str) -> bool:
    """Whether letters are variables that are multiplied: abc, xyz."""
    return any(set(word.lower()) <= letters for letters in _PRODUCTS)


def counted(rest: str) -> str | None:
    """The noun behind a number, singular; empty where what stands there counts nothing; None for neither."""
    words = rest.split()
    if rest[:1] != " " or len(words) > _MOST_WORDS or not all(map(_WORD.fullmatch, words)):
        return None
    lower = [word.lower() for word in words]
    if any(part in _CHANGES_VALUE for word in lower for part in word.split("-")):
        return None
    while lower and lower[-1] in _ASIDE:
        del lower[-1]
    if not lower:
        return ""
    ends = [at for at, word in enumerate(lower) if at and word in _BEFORE_MORE]
    noun = lower[ends[0] - 1 if ends else -1]
    if any(len(word) == 1 and word != "a" for word in lower) or len(noun) < 3 or is_product(noun):
        return None
    return _singular(noun)


def _singular(noun: str) -> str:
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if re.search(r"(?:ch|sh|x|z|ss)es$", noun):
        return noun[:-2]
    return noun.removesuffix("s")
