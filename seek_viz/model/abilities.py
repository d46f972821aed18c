"""What a model can do with a cache and with padding, found by trying: no config says it reliably.

A recurrent layer (Mamba, linear attention, short convolutions) sees padding as text, its state cannot always
be continued by several tokens, and rows cannot be taken out of it; some families keep no cache at all. Each
way of reading is held against one plain forward over the whole text, and what differs is not used.
Shapes: T tokens, D hidden size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

_LENGTH, _KNOWN = 8, 5
"""Tokens of the probe, and those of them that are read first; recurrent layers convolve over 4."""


@dataclass(frozen=True)
class Abilities:
    """Which ways of reading give what one plain forward gives."""

    causal: bool = True
    """A token's state does not depend on what follows it."""
    caches: bool = True
    """Tokens can be read one by one with a cache, and go on from a copy of it."""
    chunks: bool = True
    """Several tokens can be read at once on top of a cache."""
    batches: bool = True
    """Rows padded on the left are read as each alone, and rows can be taken out of their cache."""

    def limits(self) -> list[str]:
        """Warnings for the user about missing abilities."""
        limits = []
        if not self.caches:
            limits.append("its cache cannot be used here: each token reads the whole text, which is slow")
        if not self.batches:
            limits.append("its rows cannot be padded into one batch: they are decoded one after another")
        return limits


def probe(vocabulary: int) -> list[int]:
    """Token ids to read for a trial; no two neighbours are equal.

    Args:
        vocabulary: V; ids are below it.
    """
    return [(7 * at + 3) % vocabulary for at in range(_LENGTH)]


@torch.no_grad()
def tried(lm: Any) -> Abilities:
    """Read a short text in each way.

    Args:
        lm: a `FrozenLM` whose `abilities` promise everything.
    """
    ids = probe(lm.identity.vocab_size)
    whole = _read(lm, ids)
    same = _Same(whole, lm.dtype)
    if not same(lambda: _read(lm, ids[:_KNOWN]), whole[:_KNOWN]):
        return Abilities(causal=False)
    caches = same(lambda: _one_by_one(lm, ids), whole[_KNOWN:])
    chunks = caches and same(lambda: _in_a_chunk(lm, ids), whole[_KNOWN:])
    short = _read(lm, ids[3:])
    batches = same(lambda: _padded(lm, ids, cached=False), short) and (
        not caches or same(lambda: _padded(lm, ids, cached=True), short)
    )
    return Abilities(caches=caches, chunks=chunks, batches=batches)


class _Same:
    """Whether a way of reading works and gives the same states, up to rounding."""

    def __init__(self, whole: Tensor, dtype: torch.dtype) -> None:
        # A wrong state is off by its own size; sums in another order by the last bits, over all layers.
        self.tolerance = (1e-3 if dtype == torch.float32 else 0.1) * whole.norm(dim=-1).max()

    def __call__(self, reading: Callable[[], Tensor], expected_TD: Float[Tensor, "T D"]) -> bool:
        try:
            return bool(((reading() - expected_TD).norm(dim=-1) <= self.tolerance).all())
        except Exception:  # what is not supported fails in each family's own way
            return False


def _tensor(lm: Any, *rows: list[int]) -> Tensor:
    return torch.tensor(rows, device=lm.device)


def _read(lm: Any, ids: list[int], cache: Any = None) -> Tensor:
    return lm.last_hidden(_tensor(lm, ids), cache=cache)[0].float()


def _one_by_one(lm: Any, ids: list[int]) -> Tensor:
    """With a copy, while the original goes on with other tokens."""
    cache = lm.new_cache()
    _read(lm, ids[:_KNOWN], cache)
    copied = lm.copied(cache)
    _read(lm, ids[:1], cache)
    return torch.cat([_read(lm, [token], copied) for token in ids[_KNOWN:]])


def _in_a_chunk(lm: Any, ids: list[int]) -> Tensor:
    cache = lm.new_cache()
    _read(lm, ids[:_KNOWN], cache)
    return _read(lm, ids[_KNOWN:], cache)


def _padded(lm: Any, ids: list[int], cached: bool) -> Tensor:
    """Two rows, the second 3 tokens shorter; before the last token the first is taken out."""
    rows = _tensor(lm, ids, [0, 0, 0, *ids[3:]])
    mask = _tensor(lm, [1] * _LENGTH, [0, 0, 0] + [1] * (_LENGTH - 3))
    if not cached:
        return lm.last_hidden(rows, mask_BS=mask)[1, 3:].float()
    cache = lm.new_cache()
    first = lm.last_hidden(rows[:, :-1], cache=cache, mask_BS=mask[:, :-1])
    cache.batch_select_indices(torch.tensor([1], device=lm.device))
    last = lm.last_hidden(rows[1:, -1:], cache=cache, mask_BS=mask[1:])
    return torch.cat([first[1, 3:], last[0]]).float()
