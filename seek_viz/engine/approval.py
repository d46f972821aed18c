"""Probability of a verdict at the token that it was parsed from.

approval = P(True) / (P(True) + P(False))
"""

from __future__ import annotations

from bisect import bisect_left

import torch

from seek_viz.engine.decoding import Decoded
from seek_viz.engine.verdicts import OPPOSITES, Finding
from seek_viz.model import FrozenLM


@torch.no_grad()
def approval(lm: FrozenLM, decoded: Decoded, finding: Finding) -> float | None:
    """Graded verdict: P(True) / (P(True) + P(False)) at the token that the verdict was parsed from.

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
    opposite = _in_the_case_of(word, OPPOSITES.get(word.lower()))
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
