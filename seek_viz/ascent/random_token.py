"""A control that lm_head sees: at each position d log pi(r | z) / dz, the way to a token r drawn uniformly.

With R < 0 it has a part in common with the gradient, which also leads away from the token that is there; what
it does not share is where to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seek_viz.ascent import Control

if TYPE_CHECKING:
    from torch import Tensor

    from seek_viz.ascent import Here


def direction(here: Here) -> Tensor:
    """The gradient of log pi(r | z); r is any token but the most probable, which is there already."""
    leaf_LD = here.states_LD.detach().requires_grad_(True)
    logits_LV = here.unembed(leaf_LD)
    now_L = logits_LV.argmax(-1)
    drawn_L = now_L.new_empty(now_L.shape, device="cpu")
    drawn_L = drawn_L.random_(0, logits_LV.shape[-1] - 1, generator=here.generator).to(now_L)
    r_L = drawn_L + (drawn_L >= now_L)
    logits_LV.log_softmax(-1).gather(-1, r_L[:, None]).sum().backward()
    assert leaf_LD.grad is not None
    return leaf_LD.grad


RANDOM_TOKEN = Control(
    "random_token",
    "to a random token",
    "The way to a random token at each position, which lm_head sees.",
    "ℓ · u, u the way to a random token",
    direction,
)
