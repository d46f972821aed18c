"""A control: at each position a direction drawn uniformly from all. lm_head sees little of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seek_viz.ascent import Control

if TYPE_CHECKING:
    from torch import Tensor

    from seek_viz.ascent import Here


def direction(here: Here) -> Tensor:
    """A normal vector at each position; its direction is uniform."""
    like_LD = here.states_LD
    drawn_LD = like_LD.new_empty(like_LD.shape, device="cpu").float()
    return drawn_LD.normal_(generator=here.generator).to(like_LD)


RANDOM = Control(
    "random",
    "random",
    "A random direction at each position, of which lm_head sees little.",
    "ℓ · u, u a random direction",
    direction,
)
