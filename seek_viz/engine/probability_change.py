"""Effect of one update on the token distributions: which tokens lost probability and which gained.

    change_v = softmax(unembed(x'))_v - softmax(unembed(x))_v        x -> x' the update, the text unchanged

In coherent mode the text is decoded anew after this, and later positions then read other hidden states;
here is only what the update itself did.
Shapes: L positions, P of them that are kept, D hidden size, V vocabulary.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from seek_viz.model import FrozenLM
from seek_viz.model.finite import require_finite
from seek_viz.record import TOP, Shift

MOST_POSITIONS = 100
"""P: of longer prefixes the positions are kept that moved most, so that a trace stays small."""


@torch.no_grad()
def shift_of(lm: FrozenLM, before_LD: Float[Tensor, "L D"], after_LD: Float[Tensor, "L D"]) -> Shift:
    """The tokens that lost and gained most probability at each position.

    Args:
        lm: gives `unembed`.
        before_LD: what it read before the update.
        after_LD: what it reads after it, of the same text.
    """
    parts = [_chunk(lm, *pair) for pair in zip(before_LD.split(64), after_LD.split(64), strict=True)]
    moved_L, ids, before, after = (torch.cat(part).cpu() for part in zip(*parts, strict=True))
    kept_P = moved_L.argsort(descending=True, stable=True)[:MOST_POSITIONS]
    rows = ids[kept_P].tolist()
    names = {token_id: lm.name(token_id) for row in rows for token_id in row}
    return Shift(
        positions_P=kept_P.int().numpy(),
        ids_P10=ids[kept_P].int().numpy(),
        before_P10=before[kept_P].numpy(),
        after_P10=after[kept_P].numpy(),
        tokens_P10=tuple(tuple(names[token_id] for token_id in row) for row in rows),
    )


def _chunk(
    lm: FrozenLM, before_LD: Float[Tensor, "L D"], after_LD: Float[Tensor, "L D"]
) -> tuple[Tensor, ...]:
    """Total variation (L,), then ids, old and new probabilities (L, 10) of the tokens that moved most."""
    before_LV, after_LV = (lm.unembed(x.to(lm.dtype)).float() for x in (before_LD, after_LD))
    require_finite(lm.model, after_LV, "logits of the latents after an update", pushed=True)
    p_LV, q_LV = torch.softmax(before_LV, -1), torch.softmax(after_LV, -1)
    change_LV = q_LV - p_LV
    ids_L10 = torch.cat([(sign * change_LV).topk(TOP, -1).indices for sign in (-1, 1)], -1)
    return change_LV.abs().sum(-1) / 2, ids_L10, p_LV.gather(-1, ids_L10), q_LV.gather(-1, ids_L10)
