"""Parse a verifier's ruling and its position in the reply; `approval.py` gives its probability there.

A verdict stands behind the marker. Models paraphrase it, put it in bold or in a box, give reasons after it,
repeat the instruction, or change their minds; a reply is read as a careful person would read it, and what is
hedged, contradictory or cut off is "unparsable", a value of its own. In the explanation behind a verdict that
is over (by a full stop, a comma, a bracket), only a clause that is a verdict itself can contradict it. Ruling
and approval come from the same characters. It does not know what was judged. Reading takes time linear in the
reply.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from seek_viz.grading import after_thinking
from seek_viz.record import Ruling
from seek_viz.settings.prompts import MARKER


@dataclass(frozen=True)
class Finding:
    """A ruling and the word that it was read from."""

    ruling: Ruling
    span: tuple[int, int] | None = None
    """First character of the word in the reply, and the one after its last; None where no word made it."""


class _Word(NamedTuple):
    text: str
    """In lower case."""
    start: int
    end: int


UNPARSABLE = Finding("unparsable")

OPPOSITES = {"true": "false", "yes": "no", "correct": "incorrect", "right": "wrong"}
OPPOSITES |= {"passes": "fails", "passed": "failed", "pass": "fail", "valid": "invalid"}
_APPROVING = frozenset(OPPOSITES) | set("✓✔✅")
OPPOSITES |= {no: yes for yes, no in OPPOSITES.items()}
_RULING_WORDS = frozenset(OPPOSITES) | set("✓✔✅✗✘❌")
_LITERAL = frozenset({"true", "false"})

_GAP = r"[\s*_`-]{1,20}"
_STRONG = re.compile(rf"final{_GAP}verification{_GAP}answer(?![a-z])", re.IGNORECASE)
_WEAK = re.compile(
    rf"(?<![a-z])(?:(?:(?:final|overall){_GAP})?(?:verification|verdict|conclusion|decision|judge?ment)"
    rf"(?:{_GAP}(?:result|verdict|answer))?|(?:final|overall){_GAP}(?:answer|result))(?![a-z])",
    re.IGNORECASE,
)
"""A paraphrase of the marker; it takes a plain True or False behind it to be one. An "answer" or a "result"
that is not the final one may be the solution's."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEAD_IN = _words(
    "the final verification answer verdict solution result statement proposed it is this that therefore thus"
    " so hence as i we would say believe think conclude does overall definitely certainly clearly indeed be"
    " in conclusion my must equals check calculation calculations correctness completeness understanding of"
    " to verified it's that's should are was were absolutely unfortunately based on above all every"
    " everything each step steps equation equations number numbers"
)
"""Words that may stand between the marker and the verdict."""
_NOT = frozenset({"not", "never"})
_PREDICATES = frozenset({"correct", "incorrect", "wrong", "valid", "invalid", "true", "false"})
"""Words that state whether a solution or a verdict is right."""
_MODALS = _words(
    "would could might may should must can cannot is was seems looks be isn't wasn't can't wouldn't"
)
"""After a ruling word these say something of it: "True would be wrong", "True cannot be given"."""
_IN_THOUGHT = frozenset({"would", "whether", "if", "were", "than", "instead"})
"""Shortly before a word these say that it is not meant."""
_NONE = frozenset({"no", "none", "nothing", "without"})
_CONDITIONS = _words("if when unless only provided assuming depending whenever iff")
_REASONS = _words("because since as due given although though")
_CHANGES = _words("wait actually correction sorry oops scratch")
_HEDGES = _words("maybe perhaps probably possibly unsure uncertain guess wait hmm recheck partially")
_CHOICES = frozenset({"or", "nor", "/", "|"})
_JOINTS = _CHOICES | _words("so therefore thus hence but and then however") | {"\n"}
"""Words that a clause may begin at."""
_IN_A_VERDICT = _LEAD_IN | _HEDGES | _CHANGES
_IN_A_VERDICT |= _words("a am i'm could might may not also again just now only no")
"""A clause of nothing else, up to a ruling word or a hedge, is a verdict or a doubt of its own."""
_GOES_ON = _REASONS | _words("for in on at and or overall again instead then now")
"""Before these a ruling word is a predicate; before a noun ("the true total") it is not."""
_MISGIVINGS = _CHANGES | _HEDGES | _words("however but error errors mistake mistakes revised second again")

_WORD = re.compile(
    r"""
    (?P<skip> ~~[^~\n]{1,40}~~ | <\|[^<>|\n]{1,30}\|>
      | </?(?!(?:true|false)\b)[a-z][a-z0-9]{0,15}(?:\s[^<>\n]{0,80})?/?>
      | \\[nrt](?=(?:true|false)\b) | \\(?:begin|end)\{[^{}\n]{1,30}\}
      | \\[a-z]{1,30}\*?(?:\{[^{}\n]{1,30}\}(?=\{))? )
  | [^\W\d_]+(?:['’-][^\W\d_]+)* | \d+ | [✓✔✅✗✘❌?/|\n]
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A word, or what is none: struck out, a tag, a LaTeX command with all but its last argument."""
_STOP = re.compile(r"[.,;:!?(\[–—…。、]|\s-|-\s")
_LABEL = re.compile(
    r"[(\[<]?\s{0,9}true\s{0,9}(?:/|\||or)\s{0,9}false\s{0,9}[)\]>]?[*_\s]{0,9}:", re.IGNORECASE
)
_OTHERWISE = re.compile(
    r"\b(?:or|else|otherwise|if not)\b,?(?: (?:with|write|say|by|to|end|put))?[\s\"'“”‘’«»`*:(\[]{0,9}\Z",
    re.IGNORECASE,
)
"""What stands between two markers of an instruction: end with "...: True" or "...: False"."""
_FILLER = r"(?:[\s,:.*\"'“”]|it's|it|is|was|that's|should|be|the|this|a|no|answer|verdict|solution|result)"
_REVERSAL = re.compile(
    r"(?:\bon second thoughts?\b|\bi was (?:wrong|mistaken)\b|\bi mean(?:t)?\b|\bor rather\b"
    r"|\b(?:correction|actually|however)\b|(?<=\.\.\.) no\b"
    r"|\b(?:therefore|so|thus|hence)\b(?=[\s,]*the (?:final )?(?:answer|verdict) is)"
    r"|\b(?:the )?(?:final|overall) (?:answer|verdict|ruling)\b)"
    rf"{_FILLER}{{1,12}}(?P<ruling>true|false|correct|incorrect|wrong|right)\b",
    re.IGNORECASE,
)
"""A later verdict that replaces the first: what it says counts against another one before it."""
_FLAWLESS = re.compile(
    r"\W*(?:is\b)?\W*"
    r"(?:there (?:is|are|were)|(?:it|the solution) (?:has|contains|makes)|i (?:found|find|see))"
    r" no (?:errors?|mistakes?)\W*",
    re.IGNORECASE,
)
"""A verdict in a sentence of its own, without a ruling word."""
_NO_ERRORS = re.compile(
    r"\W{1,3}there (?:is|are) (?:an?|no|some|several) (?:errors?|mistakes?)\b", re.IGNORECASE
)
_UNTICKED = re.compile(r"\[\s?\]\s*\Z")
_ECHO = re.compile(r"[\s\"'”’`*:]*(?:is)?[\s\"'”’`*:.…]*(?:(?:and )?then|followed by)\b", re.IGNORECASE)
"""The instruction: "... IS:" and then True if it passes."""


def read_verdict(prompt: str, reply: str, reading: str = "reply") -> Finding:
    """A verifier's ruling and its position.

    Args:
        prompt: the rendered verifier prompt; only the "released" reading looks at it.
        reply: the raw reply.
        reading: "reply" reads what follows the reply's last marker, or a paraphrase of it, as a person would.
            "released" (oddity 4) approves if "true", in any case, stands anywhere after the last marker of
            prompt + reply together, so an empty reply can be read from the prompt.
    """
    if reading == "released":
        return _released(prompt, reply)
    said = after_thinking(reply)
    finding, thought = _read(said), len(reply) - len(said)
    if finding.span is None:
        return finding
    if _is_reversed(said, finding.ruling == "approve", *finding.span):
        return UNPARSABLE
    return Finding(finding.ruling, (finding.span[0] + thought, finding.span[1] + thought))


def _read(reply: str) -> Finding:
    text = _plain(reply)
    cut: str | None = None
    for start, end in _statements(_STRONG, text):
        if (begun := _begun(text, start, end)) is not None:
            cut = cut or begun
        elif not _ECHO.match(text, start, end) and (finding := _stated(text, start, end)):
            return finding if cut is None or _bears_out(text, finding, end, cut) else UNPARSABLE
    if cut is not None:
        return UNPARSABLE
    for start, end in _statements(_WEAK, text):
        finding = _stated(text, start, end)
        if finding and finding.span and text[slice(*finding.span)].lower() in _LITERAL:
            return finding
    return UNPARSABLE


def _is_reversed(said: str, approves: bool, start: int, end: int) -> bool:
    """Whether the reply later rules otherwise, or means its "yes" or "no" of errors, or ticks another box."""
    if _UNTICKED.search(said, max(0, start - 8), start):
        return True
    if said[start:end].lower() in ("yes", "no") and _NO_ERRORS.match(said, end):
        return True
    later = [match["ruling"].lower() in _APPROVING for match in _REVERSAL.finditer(said, end)]
    return bool(later) and later[-1] != approves


def _plain(text: str) -> str:
    """Full-width and mathematical letters and signs as plain ones, each in its place."""
    if text.isascii():
        return text
    plain = (unicodedata.normalize("NFKC", character) for character in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, plain, strict=True))


def _released(prompt: str, reply: str) -> Finding:
    text = (prompt + reply).lower()
    _, marker, rest = text.rpartition(MARKER.lower())
    ruling: Ruling = "approve" if marker and "true" in rest else "reject"
    word = "true" if ruling == "approve" else "false"
    start = len(text) - len(rest) + rest.find(word) - len(prompt)
    # Some letters are two in lower case; then the places do not fit.
    if not marker or word not in rest or start < 0 or reply[start : start + len(word)].lower() != word:
        return Finding(ruling)
    return Finding(ruling, (start, start + len(word)))


def _statements(marker: re.Pattern[str], reply: str) -> Iterator[tuple[int, int]]:
    """The text after each marker up to the next, last first; none where markers are alternatives."""
    found = [*marker.finditer(reply)]
    ends = [*(each.start() for each in found[1:]), len(reply)]
    leads = [
        _OTHERWISE.search(reply, max(each.end(), end - 40), end) is not None
        for each, end in zip(found[:-1], ends, strict=False)
    ]
    alternatives = [a or b for a, b in zip([False, *leads], [*leads, False], strict=True)]
    for each, end, alternative in reversed([*zip(found, ends, alternatives, strict=False)]):
        if not alternative:
            yield each.end(), end


def _words_of(reply: str, start: int, end: int) -> list[_Word]:
    found = _WORD.finditer(reply, start, end)
    return [_Word(one[0].lower(), *one.span()) for one in found if one["skip"] is None]


def _begun(reply: str, start: int, end: int) -> str | None:
    """The beginning of the verdict at which a statement stops as the reply does; None if it says more."""
    words = _words_of(reply, start, end)
    texts = [word.text for word in words if word.text not in ("\n", "is", "|")]
    if not texts:
        return ""
    part = "".join(texts) if words[-1].end == len(reply) else ""
    return part if part and any(word.startswith(part) for word in ("tru", "fals")) else None


def _bears_out(reply: str, finding: Finding, end: int, cut: str) -> bool:
    """Whether nothing between a verdict and its repetition, which was cut off, may take it back."""
    if finding.span is None:
        return False
    approves = finding.ruling == "approve"
    words = _words_of(reply, finding.span[1], end)
    return ("true" if approves else "false").startswith(cut) and not any(
        word.text in _MISGIVINGS or (word.text in _RULING_WORDS and _approves(words, i) != approves)
        for i, word in enumerate(words)
    )


def _stated(reply: str, start: int, end: int) -> Finding | None:
    """The verdict that a statement begins with; None where it only says what a verdict would be."""
    if label := _LABEL.search(reply, start, min(end, start + 60)):  # (True/False): ...
        start = label.end()
    if _FLAWLESS.fullmatch(reply, start, end):
        return Finding("approve")
    words = _words_of(reply, start, end)
    at = _head(words, 0)
    while at is not None and _next(words, at) == "?":  # "True? No, False"
        asked, at = words[at].text, _head(words, at + 2)
        if at is not None and words[at].text in ("no", "yes"):
            if _next(words, at) in _LITERAL:
                at += 1
            elif asked == "false":  # "False? No." approves, if anything
                return UNPARSABLE
    if at is None:
        return UNPARSABLE
    if _next(words, at) in _CONDITIONS and not re.search("[.!;]", reply[words[at].end : words[at + 1].start]):
        return None
    if words[at].text not in _LITERAL and _is_attribute(reply, words, at):
        return UNPARSABLE
    return _settled(reply, words, at)


def _head(words: list[_Word], at: int) -> int | None:
    """The first ruling word, if nothing but a lead-in stands before it."""
    for i in range(at, len(words)):
        text = words[i].text
        if text in _RULING_WORDS:
            return i
        if _negates(text) and _next(words, i) in _RULING_WORDS:
            continue
        if text not in _LEAD_IN and text not in ("\n", "?", "|") and not text.isdecimal():
            return None
    return None


def _next(words: list[_Word], at: int) -> str:
    """The word after this one on its line; empty at its end."""
    text = words[at + 1].text if at + 1 < len(words) else "\n"
    return "" if text == "\n" else text


def _is_attribute(reply: str, words: list[_Word], at: int) -> bool:
    """Whether a word like "correct" belongs to the one after it, as in "the correct answer is 5"."""
    after = _next(words, at)
    if not after or after in _REASONS | _LITERAL:
        return False
    return not _is_over(reply, words, at)


def _is_over(reply: str, words: list[_Word], at: int) -> bool:
    """Whether a clause ends behind this word."""
    if not _next(words, at):
        return True
    return _STOP.search(reply, words[at].end, words[at + 1].start) is not None


def _is_clause(reply: str, words: list[_Word], at: int) -> bool:
    """Whether a word says by itself, as in "so it is False." or "(probably)", how the verdict is meant."""
    goes_on = words[at].text in _LITERAL and _next(words, at) in _GOES_ON
    labels = re.match(r"\W{0,9}:\s*[\w$]", reply[words[at].end : words[at].end + 16])  # "True: 31"
    if labels or not (goes_on or _is_over(reply, words, at)):
        return False
    for i in range(at - 1, max(at - 12, -1), -1):
        if _is_over(reply, words, i) or words[i].text in _JOINTS:
            return True
        if words[i].text not in _IN_A_VERDICT:
            return False
    return at < 12


def _negates(text: str) -> bool:
    return text in _NOT or text.endswith(("n't", "n’t"))


def _approves(words: list[_Word], at: int) -> bool:
    negated = at > 0 and _negates(words[at - 1].text)
    return (words[at].text in _APPROVING) != negated


def _settled(reply: str, words: list[_Word], at: int) -> Finding:
    """The verdict at `at`, unless what follows takes it back, doubts it or contradicts it."""
    given, changed, reasoned, doubted = at, False, False, False
    explained = _is_over(reply, words, at)
    if re.match(r"\W{0,9}:\W{0,9}(?:yes|no)\b", reply[words[at].end : words[at].end + 30], re.IGNORECASE):
        return UNPARSABLE  # "True: No"
    if not explained and _next(words, at) in _MODALS:
        return _said_of(reply, words, at)
    for i in _remarks(words, at):
        text = words[i].text
        meant = not explained or _is_clause(reply, words, i)
        if text in _LITERAL:
            before = {word.text for word in words[max(at + 1, i - 3) : i]}
            if before & _IN_THOUGHT or (before & _NONE and not changed) or _next(words, i) in _CONDITIONS:
                if words[i - 1].text in _CHOICES:
                    return UNPARSABLE
                continue
            agrees = _approves(words, i) == _approves(words, given)
            if (changed and (meant or _is_over(reply, words, i))) or (
                agrees and words[given].text not in _LITERAL
            ):
                given, changed, doubted = i, False, False
            elif not agrees and not reasoned and meant:
                return UNPARSABLE
        elif text in _PREDICATES and not reasoned and _is_clause(reply, words, i):
            if _approves(words, i) != _approves(words, given):  # "True. The solution is incorrect."
                return UNPARSABLE
        elif not reasoned and meant:
            doubted |= text in _HEDGES or (text in ("sure", "certain") and _negates(words[i - 1].text))
        changed |= _takes_back(reply, words, i)
        reasoned |= text in _REASONS
    if doubted:
        return UNPARSABLE
    word = words[given]
    return Finding("approve" if _approves(words, given) else "reject", (word.start, word.end))


def _said_of(reply: str, words: list[_Word], at: int) -> Finding:
    """The verdict where something is said of the ruling word: "True is correct", "True cannot be; False"."""
    own = Finding("approve" if _approves(words, at) else "reject", (words[at].start, words[at].end))
    for i in range(at + 1, min(at + 12, len(words))):
        text = words[i].text
        if text == "\n":
            break
        if text in _LITERAL and words[i - 1].text in _JOINTS:
            return Finding("approve" if _approves(words, i) else "reject", (words[i].start, words[i].end))
        if text in _PREDICATES:
            return own if _approves(words, i) and text not in _LITERAL else UNPARSABLE
    return own if words[at + 1].text == "is" and not _negates(_next(words, at + 1)) else UNPARSABLE


def _takes_back(reply: str, words: list[_Word], at: int) -> bool:
    """Whether a word announces another verdict; the "No" that answers a question of its own does not."""
    if words[at].text != "no":
        return words[at].text in _CHANGES
    asked = words[at - 1].text == "?" and _next(words, at) not in _LITERAL
    return not asked and reply[words[at].end : words[at].end + 1] in tuple(",.;:—")


def _remarks(words: list[_Word], at: int) -> Iterator[int]:
    """The words that bear on a verdict: the rest of its line, and lines that change it or are one."""
    line, own = at + 1, True
    while line < len(words):
        end = line
        while end < len(words) and words[end].text != "\n":
            end += 1
        texts = [word.text for word in words[line:end]]
        if own or (texts and (texts[0] in _CHANGES or (len(texts) == 1 and texts[0] in _LITERAL))):
            yield from range(line, end)
        line, own = end + 1, False
