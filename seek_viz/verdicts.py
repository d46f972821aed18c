"""What a verifier ruled, where in its reply that stands, and how sure it was there.

    approval = P(True) / (P(True) + P(False))     at the token that the ruling was read from

A verdict stands behind the marker. Models paraphrase it, put it in bold or in a box, give reasons after it,
repeat the instruction, or change their minds; a reply is read as a careful person would read it, and what is
hedged, contradictory or cut off is "unparsable", a value of its own. Ruling and approval come from the same
characters. It does not know what was judged. Reading takes time linear in the reply.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch

from seek_viz.decoding import Decoded
from seek_viz.grading import after_thinking
from seek_viz.model import FrozenLM
from seek_viz.prompts import MARKER
from seek_viz.trace import Ruling


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

_OPPOSITES = {"true": "false", "yes": "no", "correct": "incorrect", "right": "wrong"}
_OPPOSITES |= {"passes": "fails", "passed": "failed", "pass": "fail", "valid": "invalid"}
_APPROVING = frozenset(_OPPOSITES) | set("✓✔✅")
_OPPOSITES |= {no: yes for yes, no in _OPPOSITES.items()}
_RULING_WORDS = frozenset(_OPPOSITES) | set("✓✔✅✗✘❌")
_LITERAL = frozenset({"true", "false"})

_GAP = r"[\s*_`-]{1,20}"
_STRONG = re.compile(rf"final{_GAP}verification{_GAP}answer(?![a-z])", re.IGNORECASE)
_WEAK = re.compile(
    rf"(?<![a-z])(?:(?:final|overall){_GAP})?"
    rf"(?:verification|verdict|answer|conclusion|decision|judge?ment|result)"
    rf"(?:{_GAP}(?:result|verdict|answer))?(?![a-z])",
    re.IGNORECASE,
)
"""A paraphrase of the marker; it takes a plain True or False behind it to be one."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEAD_IN = _words(
    "the final verification answer verdict solution result statement proposed it is this that therefore thus"
    " so hence as i we would say believe think conclude does overall definitely certainly clearly indeed be"
    " in conclusion my must equals check calculation calculations correctness completeness understanding of"
    " to text textbf textit boxed mathrm mathbf texttt mbox bf b strong em verified"
)
"""Words that may stand between the marker and the verdict."""
_NOT = frozenset({"not", "never"})
_IN_THOUGHT = frozenset({"would", "whether", "if", "were", "than", "instead"})
"""Shortly before a word these say that it is not meant."""
_NONE = frozenset({"no", "none", "nothing", "without"})
_CONDITIONS = _words("if when unless only provided assuming depending whenever iff")
_REASONS = _words("because since as due given although though")
_CHANGES = _words("wait actually correction sorry oops scratch")
_HEDGES = _words("maybe perhaps probably possibly unsure uncertain guess wait hmm recheck partially")
_CHOICES = frozenset({"or", "nor", "/", "|"})

_WORD = re.compile(r"~~[^~\n]{1,40}~~|[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+|[✓✔✅✗✘❌?？/|\n]")
_LABEL = re.compile(
    r"[(\[<]?\s{0,9}true\s{0,9}(?:/|\||or)\s{0,9}false\s{0,9}[)\]>]?[*_\s]{0,9}[:：]", re.IGNORECASE
)
_ECHO = re.compile(r"[\s\"'”’`*:：]*(?:is)?[\s\"'”’`*:：.…]*(?:(?:and )?then|followed by)\b", re.IGNORECASE)
"""The instruction: "... IS:" and then True if it passes."""


def read_verdict(prompt: str, reply: str, reading: str = "reply") -> Finding:
    """What a verifier ruled, and where.

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
    return Finding(finding.ruling, (finding.span[0] + thought, finding.span[1] + thought))


def _read(reply: str) -> Finding:
    for start, end in _statements(_STRONG, reply):
        if not _ECHO.match(reply, start, end) and (finding := _stated(reply, start, end)):
            return finding
    for start, end in _statements(_WEAK, reply):
        finding = _stated(reply, start, end)
        if finding and finding.span and reply[slice(*finding.span)].lower() in _LITERAL:
            return finding
    return UNPARSABLE


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
    """What follows each marker up to the next one, the last first."""
    end = len(reply)
    for found in reversed([*marker.finditer(reply)]):
        yield found.end(), end
        end = found.start()


def _stated(reply: str, start: int, end: int) -> Finding | None:
    """The verdict that a statement begins with; None where it only says what a verdict would be."""
    if label := _LABEL.search(reply, start, min(end, start + 60)):  # (True/False): ...
        start = label.end()
    found = _WORD.finditer(reply, start, end)
    words = [_Word(one[0].lower(), *one.span()) for one in found if one[0][0] != "~"]  # not ~~struck out~~
    at = _head(words, 0)
    while at is not None and _next(words, at) in ("?", "？"):  # "True? No, False"
        at = _head(words, at + 2)
        if at is not None and words[at].text in ("no", "yes") and _next(words, at) in _LITERAL:
            at += 1
    if at is None:
        return UNPARSABLE
    if _next(words, at) in _CONDITIONS:
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
        if text not in _LEAD_IN and text not in ("\n", "?", "？"):
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
    return not re.search(r"[.,;:!。，；：！—–]", reply[words[at].end : words[at + 1].start])


def _negates(text: str) -> bool:
    return text in _NOT or text.endswith(("n't", "n’t"))


def _approves(words: list[_Word], at: int) -> bool:
    negated = at > 0 and _negates(words[at - 1].text)
    return (words[at].text in _APPROVING) != negated


def _settled(reply: str, words: list[_Word], at: int) -> Finding:
    """The verdict at `at`, unless what follows takes it back, doubts it or contradicts it."""
    given, changed, reasoned = at, False, False
    for i in _remarks(words, at):
        text = words[i].text
        if text in _LITERAL:
            before = {word.text for word in words[max(at + 1, i - 3) : i]}
            if before & _IN_THOUGHT or (before & _NONE and not changed) or _next(words, i) in _CONDITIONS:
                if words[i - 1].text in _CHOICES:
                    return UNPARSABLE
                continue
            agrees = _approves(words, i) == _approves(words, given)
            if changed or (agrees and words[given].text not in _LITERAL):
                given, changed = i, False
            elif not agrees and not reasoned:
                return UNPARSABLE
        elif text in _HEDGES and not (reasoned or _LITERAL & {word.text for word in words[i + 1 : i + 16]}):
            return UNPARSABLE
        follows = reply[words[i].end : words[i].end + 1]
        changed |= text in _CHANGES or (text == "no" and follows in tuple(",.;:—"))
        reasoned |= text in _REASONS
    word = words[given]
    return Finding("approve" if _approves(words, given) else "reject", (word.start, word.end))


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


# --- How sure it was ------------------------------------------------------------------------------


@torch.no_grad()
def approval(lm: FrozenLM, decoded: Decoded, finding: Finding) -> float | None:
    """How sure a verdict is: P(True) / (P(True) + P(False)) at the token that it was read from.

    Where the word is several tokens, its first is held against the first of the other word in the same
    surroundings. Of "not True" the share is that of the ruling, as of any other.

    Args:
        lm: the model that replied.
        decoded: its reply with the hidden states.
        finding: what `read_verdict` found in the reply's text.

    Returns:
        The share to three decimals; None where no word made the ruling, or the two tokens cannot be told.
    """
    if finding.span is None:
        return None
    ids = list(decoded.token_ids)
    first, last = (_token_at(lm, ids, place) for place in (finding.span[0], finding.span[1] - 1))
    other = _other_id(lm, ids, first, last, finding.span)
    if other is None:
        return None
    logits = lm.unembed(decoded.hidden_ND[first]).float()
    stated = torch.sigmoid(logits[ids[first]] - logits[other]).item()
    return round(stated if finding.ruling == "approve" else 1 - stated, 3)


def _token_at(lm: FrozenLM, ids: list[int], place: int) -> int:
    """The token that holds a character of the text."""

    def shown(count: int) -> int:
        # A character that is cut in the middle shows as U+FFFD until its last token.
        return len(lm.text(ids[:count]).rstrip("\ufffd"))

    return bisect_left(range(len(ids)), place + 1, key=lambda at: shown(at + 1))


def _other_id(lm: FrozenLM, ids: list[int], first: int, last: int, span: tuple[int, int]) -> int | None:
    """The first token of the opposite word, were it written where the word is; None where undecidable."""
    stated = lm.text(ids[: last + 1])
    start = len(lm.text(ids[:first]))
    before, word, after = stated[start : span[0]], stated[slice(*span)], stated[span[1] :]
    opposite = _in_the_case_of(word, _OPPOSITES.get(word.lower()))
    if opposite is None or any(map(str.isalnum, before + after)):
        return None
    for context in range(min(first, 3) + 1):
        # Some tokenizers write a word's beginning differently at the start of a text.
        lead = stated[len(lm.text(ids[: first - context])) : start] + before
        ours, theirs = (_ids_of(lm, lead + each + after) for each in (word, opposite))
        at = len(ours) - (last + 1 - first)
        if at >= 0 and ours[at:] == ids[first : last + 1] and theirs[:at] == ours[:at] and len(theirs) > at:
            known = theirs[at] not in (ours[at], lm.tokenizer.unk_token_id)
            return theirs[at] if known else None
    return None


def _ids_of(lm: FrozenLM, text: str) -> list[int]:
    return lm.tokenizer(text, add_special_tokens=False).input_ids


def _in_the_case_of(word: str, opposite: str | None) -> str | None:
    for case in (str.lower, str.title, str.upper):
        if opposite and word == case(word):
            return case(opposite)
    return None
