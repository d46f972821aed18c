"""Plain gradient descent on the loss, without momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seek_viz.ascent import Optimizer

if TYPE_CHECKING:
    from torch import Tensor

    from seek_viz.ascent import State


def init(z_LD: Tensor) -> State:
    """It keeps nothing."""
    return {}


def update(z_LD: Tensor, grad_LD: Tensor, state: State, eta: float) -> tuple[Tensor, State]:
    """One step, along the gradient and as long as it."""
    return z_LD - eta * grad_LD, state


SGD = Optimizer("sgd", "SGD", "Plain gradient descent.", "η · R ∇Σ log π(argmax)", init, update)
