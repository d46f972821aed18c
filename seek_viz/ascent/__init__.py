"""Rules that move the latents: optimisers turn a gradient into a step, controls step elsewhere.

Each file declares one; a new file is all that a new rule takes. The rules call methods of the tensors that
they are given and do not import torch, so that the page can list them before torch is imported.
Shapes: L positions, D hidden size, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seek_viz.declared import Declarations

if TYPE_CHECKING:
    from torch import Generator, Tensor

    State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns gradients of the loss into steps down it."""

    name: str
    label: str
    about: str
    formula: str
    """Of one step Δz, as the page shows it."""
    init: Callable[[Tensor], State]
    """z (L, D) -> what the rule keeps from step to step, before the first. It is saved as it is."""
    update: Callable[[Tensor, Tensor, State, float], tuple[Tensor, State]]
    """(z, gradient of the loss, state, eta) -> (new z, new state); the arguments are left as they were."""


@dataclass(frozen=True, eq=False)
class Here:
    """Where a control steps from."""

    unembed: Callable[[Tensor], Tensor]
    """Hidden states (L, D) -> logits (L, V), differentiable."""
    states_LD: Tensor
    """What unembed reads now."""
    generator: Generator
    """Source of randomness, on the CPU."""


@dataclass(frozen=True)
class Control:
    """A rule that steps elsewhere than along the gradient, as far as a run's optimiser does."""

    name: str
    label: str
    about: str
    formula: str
    """Of one step Δz; ℓ is its length."""
    direction: Callable[[Here], Tensor]
    """Where to go at each position (L, D), of any length."""


OPTIMIZERS = Declarations(__name__, Optimizer, first="adam")
CONTROLS = Declarations(__name__, Control)
