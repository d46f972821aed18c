"""Adam (Kingma and Ba 2015, algorithm 1), in torch.optim.Adam's order of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seek_viz.ascent import Optimizer

if TYPE_CHECKING:
    from torch import Tensor

    from seek_viz.ascent import State

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
"""torch's defaults, which the released code has."""


def init(z_LD: Tensor) -> State:
    """Running means of the gradient and of its square, and how many updates made them."""
    zeros_LD = z_LD.new_zeros(z_LD.shape)
    return {"mean": zeros_LD, "square": zeros_LD, "count": z_LD.new_zeros(()).long()}


def update(z_LD: Tensor, grad_LD: Tensor, state: State, eta: float) -> tuple[Tensor, State]:
    """One step.

    The first moves every coordinate with a gradient by eta, whatever its size. After it, momentum alone moves
    what has no gradient now: positions where the text has ended before them, and all of them at R = 0.
    """
    count = int(state["count"]) + 1
    mean_LD = state["mean"].lerp(grad_LD, 1 - BETA_1)
    square_LD = (state["square"] * BETA_2).addcmul_(grad_LD, grad_LD, value=1 - BETA_2)
    denominator = (square_LD.sqrt() / (1 - BETA_2**count) ** 0.5).add_(EPSILON)
    moved_LD = z_LD.addcdiv(mean_LD, denominator, value=-eta / (1 - BETA_1**count))
    return moved_LD, {"mean": mean_LD, "square": square_LD, "count": state["count"] + 1}


ADAM = Optimizer(
    "adam",
    "Adam",
    "With torch's defaults, as in the released code.",
    "Adam(η, R ∇Σ log π(argmax))",
    init,
    update,
)
