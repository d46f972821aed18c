r"""Whether two final answers are equal: True, False, or None where that could not be decided in time.

    equal strings -> plain numbers (`numbers.py`) -> structure (lists, tuples, sets, intervals, matrices,
    relations, element by element) -> words and labels as text -> symbols in a child process (`symbols.py`)

Only the last takes an algebra system, and only what looks like mathematics gets there. The conventions stand
in docs/answers.md, whose tables the tests read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from seek_viz.errors import UserError
from seek_viz.grading import symbols
from seek_viz.grading.labels import is_mathematical, label, numeral, without_unit
from seek_viz.grading.notation import plain
from seek_viz.grading.numbers import Quantity, read_quantity
from seek_viz.grading.units import factor

MAX_ANSWER_CHARS = 400
"""Longer answers are compared as text alone; the longest gold answer of MATH-500 has 159 characters."""
_MAX_DEPTH = 8
_LIKE_A_DECIMAL = re.compile(r"[-+]?\d+,\d+")
Equal = bool | None


def answers_equal(answer: str | None, gold: str) -> bool | None:
    """Whether a final answer equals the gold one.

    Args:
        answer: as `final_answer` gives it; None is never equal.
        gold: the gold answer: a number, an expression, or words.

    Returns:
        None where the comparison took longer than its deadline, which says nothing about the answer.
    """
    if answer is None:
        return False
    if answer.strip() == gold.strip():
        return True
    if not answer.strip() or not gold.strip() or max(len(answer), len(gold)) > MAX_ANSWER_CHARS:
        number = read_quantity(answer)
        return number is not None and number == read_quantity(gold)
    with symbols.one_deadline():
        return _equal(plain(answer), plain(gold), 0)


def grouped(answers: Sequence[str]) -> list[list[int]]:
    """Indices of answers, those of equal value together, in the order of their first; for votes."""
    groups: list[list[int]] = []
    for index, answer in enumerate(answers):
        for group in groups:
            if answers_equal(answer, answers[group[0]]):
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


def check_gold(gold: str) -> str:
    """The gold answer, stripped.

    Raises:
        UserError: it is empty or too long. Whatever else it says can be compared, as text if need be.
    """
    gold = gold.strip()
    if 0 < len(gold) <= MAX_ANSWER_CHARS:
        return gold
    raise UserError(
        "gold answer",
        gold,
        f'a number, an expression or words of at most {MAX_ANSWER_CHARS} characters, such as "63" or "3/4"',
        "Correct it, or give none.",
    )


def gold_advice(gold: str) -> str | None:
    """A warning about a gold answer that is likely to be misread; None where there is none."""
    text = plain(gold)
    if read_quantity(gold) is not None or not text:
        return None
    if _LIKE_A_DECIMAL.fullmatch(text):
        return f"The gold answer {gold} is read as a list of two numbers; a decimal number has a point."
    return None


def _equal(left: str, right: str, depth: int) -> Equal:
    """The same of two answers in plain notation."""
    if left == right:
        return True
    if depth > _MAX_DEPTH:
        return None
    numbers = read_quantity(left), read_quantity(right)
    if numbers[0] and numbers[1]:
        return _same_quantity(numbers[0], numbers[1])
    left, right = _value_side(left, right)
    if (numbers := (read_quantity(left), read_quantity(right)))[0] and numbers[1]:
        return _same_quantity(numbers[0], numbers[1])
    for compared in (_as_matrices, _as_unions, _as_collections, _as_relations):
        found = compared(left, right, depth)
        if found is not NotImplemented:
            return found
    if label(left) == label(right):
        return True
    if (numerals := (numeral(left), numeral(right)))[0] and numerals[1]:
        return numerals[0] == numerals[1]
    if not (is_mathematical(left) and is_mathematical(right)):
        return False
    return symbols.equal(without_unit(left), without_unit(right))


def _same_quantity(left: Quantity, right: Quantity) -> bool:
    if not left.unit or not right.unit or left.unit == right.unit:
        return left.value == right.value
    share = factor(left.unit, right.unit)
    return share is not None and left.value * share == right.value


# --- names before a value: x = 5, f(x) = x + 1, x \in [0, 1] ------------------------------------------

_NAME = (
    r"\\?[A-Za-z][A-Za-z_0-9' ]{0,30}(?:_\{[^{}]*\})?(?:\s*\([A-Za-z0-9, ]{1,9}\))?"  # x, x_1, f(x), f(2)
    r"|\([A-Za-z](?:, ?[A-Za-z]){1,2}\)"  # (x, y)
)
_NAMED = re.compile(rf"\s*({_NAME})\s*(?:=|\\in(?![A-Za-z]))\s*(?=[^=\s])")


def _value_side(left: str, right: str) -> tuple[str, str]:
    """Both without a name that only one of them gives, or that both give alike."""
    names = [match[1].replace(" ", "") if (match := _NAMED.match(text)) else None for text in (left, right)]
    if names[0] and names[1] and names[0] != names[1]:
        return left, right
    if any(not name and _relation(text) for name, text in zip(names, (left, right), strict=True)):
        return left, right
    return _unnamed(left), _unnamed(right)


def _unnamed(text: str) -> str:
    match = _NAMED.match(text)
    return text[match.end() :].strip() if match and not _RELATION.search(text, match.end()) else text


# --- structures --------------------------------------------------------------------------------------

_RELATION = re.compile(r"\\leq|\\geq|\\neq|\\approx|\\lt(?![a-z])|\\gt(?![a-z])|<=|>=|[<>=]")
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!=", "~": "~"}
_SPELLED = {r"\leq": "<=", r"\geq": ">=", r"\neq": "!=", r"\approx": "~", r"\lt": "<", r"\gt": ">"}
_MATRIX = re.compile(
    r"[\[(]?\s*\\begin\{([pbB]?matrix|smallmatrix|array)\}(?:\{[^{}]*\})?(.*)\\end\{\1\}\s*[\])]?", re.DOTALL
)


def _as_matrices(left: str, right: str, depth: int) -> Equal:
    matrices = _MATRIX.fullmatch(left), _MATRIX.fullmatch(right)
    if not (matrices[0] and matrices[1]):
        return NotImplemented if not (matrices[0] or matrices[1]) else False
    rows = [[row.split("&") for row in _rows(match[2])] for match in matrices if match]
    if [len(row) for row in rows[0]] != [len(row) for row in rows[1]]:
        return False
    cells = [[cell.strip() for row in one for cell in row] for one in rows]
    return _all(_equal(a, b, depth + 1) for a, b in zip(*cells, strict=True))


def _rows(body: str) -> list[str]:
    return [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", body.replace(r"\hline", "")) if row.strip()]


def _as_unions(left: str, right: str, depth: int) -> Equal:
    parts = [_split(text, re.compile(r"\\cup(?![a-z])")) for text in (left, right)]
    if len(parts[0]) == len(parts[1]) == 1:
        return NotImplemented
    # x < 0 or x > 3 is (-\infty, 0) \cup (3, \infty)
    parts = [part if len(part) > 1 else _split(part[0], re.compile(r"\s+or\s+")) for part in parts]
    return _matched(parts[0], parts[1], depth)


def _as_relations(left: str, right: str, depth: int) -> Equal:
    ours, theirs = _relation(left), _relation(right)
    if ours is None or theirs is None:
        if (one := ours or theirs) is None:
            return NotImplemented
        other = right if ours else left
        if set(one[1]) == {"="} and re.fullmatch(_NAME, one[0][0].strip()):  # x = 2 + 3 = 5
            return _equal(one[0][-1].strip(), other, depth + 1)
        if set(one[1]) == {"="} and all(term.strip() for term in one[0]):
            return _chain_equals([term.strip() for term in one[0]], other, depth)
        # A bare "> 5" is no number; "x > 5" is the interval (5, \infty).
        interval = _interval(*one)
        return _equal(interval, other, depth + 1) if interval and _collection(other) else False
    (terms, signs), (others, other_signs) = ours, theirs
    turned = list(reversed(others)), [_TURNED[sign] for sign in reversed(other_signs)]
    found: list[Equal] = []
    for candidates, candidate_signs in ((others, other_signs), turned):
        if signs == candidate_signs and len(terms) == len(candidates):
            found.append(
                _all(_equal(a.strip(), b.strip(), depth + 1) for a, b in zip(terms, candidates, strict=True))
            )
    if True in found:
        return True
    if len(signs) == len(other_signs) == 1 and all(term.strip() for term in (*terms, *others)):
        return NotImplemented  # y = 2x + 1 and 2x - y + 1 = 0
    return None if None in found else False


def _chain_equals(terms: Sequence[str], other: str, depth: int) -> Equal:
    """Whether 9/4 = 2.25 is the other: all its members have to be equal, and one of them to be it."""
    if not all(is_mathematical(term) for term in terms):
        return False
    holds = _all(_equal(terms[0], term, depth + 1) for term in terms[1:])
    if holds is False:
        return False
    found = [_equal(term, other, depth + 1) for term in terms]
    return holds if True in found else None if None in found else False


def _interval(terms: Sequence[str], signs: Sequence[str]) -> str | None:
    """The interval that an inequality in one variable describes, or None."""
    if any(sign in (">", ">=") for sign in signs):
        terms, signs = list(reversed(terms)), [_TURNED[sign] for sign in reversed(signs)]
    if not signs or any(sign not in ("<", "<=") for sign in signs):
        return None
    terms = [term.strip() for term in terms]
    variable = re.compile(r"\\?[A-Za-z]+")
    if len(terms) == 2 and variable.fullmatch(terms[0]):
        terms, signs = ["-\\infty", *terms], ["<", *signs]
    elif len(terms) == 2:
        terms, signs = [*terms, "\\infty"], [*signs, "<"]
    if len(terms) != 3 or not variable.fullmatch(terms[1]):
        return None
    return f"{'[' if signs[0] == '<=' else '('}{terms[0]},{terms[2]}{']' if signs[1] == '<=' else ')'}"


def _relation(text: str) -> tuple[list[str], list[str]] | None:
    signs = [_SPELLED.get(match[0], match[0]) for match in _RELATION.finditer(text)]
    return (_RELATION.split(text), signs) if signs else None


def _as_collections(left: str, right: str, depth: int) -> Equal:
    sides = [_collection(text) for text in (left, right)]
    if not sides[0] and not sides[1]:
        return NotImplemented
    (kind, items), (other_kind, others) = (
        side or ("one", [text]) for side, text in zip(sides, (left, right), strict=True)
    )
    if kind == other_kind == "one" or any(
        not side and _relation(text) for side, text in zip(sides, (left, right), strict=True)
    ):
        return NotImplemented
    ordered = [one for one in (kind, other_kind) if one in ("()", "[]", "[)", "(]")]
    if len(ordered) == 2:
        return (
            kind == other_kind
            and len(items) == len(others)
            and _all(_equal(a, b, depth + 1) for a, b in zip(items, others, strict=True))
        )
    if ordered:  # (1, 2) and 1, 2: a pair whose brackets were left out; an interval keeps them
        bracketed = ordered[0] == "()" and "{}" not in (kind, other_kind)
        return (
            bracketed
            and len(items) == len(others) > 1
            and _all(_equal(a, b, depth + 1) for a, b in zip(items, others, strict=True))
        )
    if "{}" in (kind, other_kind) and "one" in (kind, other_kind) and not (items and others):
        return False
    return _matched(items, others, depth)


def _collection(text: str) -> tuple[str, list[str]] | None:
    """What a text lists: ("()", "[)", "{}" or "list", items); None where it is one thing."""
    text = text.strip()
    if text in (r"\emptyset", r"\{\}", r"\{ \}"):
        return "{}", []
    for opening, closing, kind in (
        (r"\{", r"\}", "{}"),
        ("(", ")", "()"),
        ("[", "]", "[]"),
        ("[", ")", "[)"),
        ("(", "]", "(]"),
    ):
        if (
            text.startswith(opening)
            and text.endswith(closing)
            and len(text) > len(opening)
            and _closes(text, opening, closing)
        ):
            inner = text[len(opening) : -len(closing)]
            # Here a comma groups thousands only beside spaced ones, (1,000, 2,000), or before 0: (1,000).
            spaced = bool(re.search(r",\s|\d,0\d\d(?!\d)", inner))
            items = [part.strip() for part in _split(inner, re.compile(r"[,;]"), thousands=spaced)]
            if kind == "{}":
                return kind, _expanded(items)
            if len(items) > 1:
                return kind, items
    if re.fullmatch(r".*\\pm.*", text) and text.count(r"\pm") == 1:
        return "list", [text.replace(r"\pm", sign).strip().removeprefix("+").strip() for sign in "+-"]
    items = [part.strip() for part in _split(text, re.compile(r",(?=\s*\S)|\s+(?:and|or)\s+|;"))]
    items = [re.sub(r"^(?:and|or)\s+", "", item) for item in items if item]
    if len(items) < 2:
        return None
    return "list", _expanded(items)


def _expanded(items: Sequence[str]) -> list[str]:
    r"""Items of which `a \pm b` is two."""
    pairs = [(_collection(item) or ("", [item]))[1] if r"\pm" in item else [item] for item in items]
    return [one for pair in pairs for one in pair]


def _closes(text: str, opening: str, closing: str) -> bool:
    """Whether the first bracket of a text is closed by its last: (1,2) yes, (1)+(2) no."""
    depth = 0
    marks = list(re.finditer(r"\\[{}]|[()\[\]]", text))
    for number, mark in enumerate(marks):
        depth += 1 if mark[0] in ("(", "[", r"\{") else -1
        if depth == 0:
            return number == len(marks) - 1
    return False


def _split(text: str, separator: re.Pattern[str], thousands: bool = True) -> list[str]:
    """A text at the separators that stand in no bracket."""
    depths, depth = [], 0
    for sign in text:
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth = max(0, depth - 1)
        depths.append(depth)
    parts, start = [], 0
    for match in separator.finditer(text):
        if depths[match.start()] == 0 and not (thousands and _inside_number(text, match.start())):
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _inside_number(text: str, at: int) -> bool:
    """Whether the comma at `at` groups the thousands of a number."""
    if text[at] != ",":
        return False
    before = re.search(r"(?<![\d,])\d{1,3}(?:,\d{3})*$", text[max(0, at - 40) : at])
    return bool(before and re.match(r"\d{3}(?!\d)", text[at + 1 : at + 5]))


def _matched(items: Sequence[str], others: Sequence[str], depth: int) -> Equal:
    """Whether two collections without order have the same members."""
    rest, undecided = list(others), False
    if len(items) != len(others):
        return False
    for item in items:
        verdicts = [_equal(item, other, depth + 1) for other in rest]
        if True in verdicts:
            del rest[verdicts.index(True)]
        elif None in verdicts:
            undecided = True
        else:
            return False
    return None if undecided else True


def _all(verdicts: Iterable[Equal]) -> Equal:
    """True if all are, False as soon as one is; None where only undecided ones stand against it."""
    undecided = False
    for verdict in verdicts:
        if verdict is False:
            return False
        undecided = undecided or verdict is None
    return None if undecided else True
