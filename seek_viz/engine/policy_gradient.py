"""The equations of one update, as pure functions; a reader can check them against the paper.

    J(z)  = R * sum_t log pi(x_t | z_t)            pi = softmax(unembed(z_t)), x_t = argmax   (Algorithm 1)
    dJ/dz = R * sum_t (e_{x_t} - pi_t) W           for logits = W z; positions are independent
    z    <- z + Adam(eta, dJ/dz)                   in `seek_viz/ascent/`; as usual, descent on loss = -J

R <= 0, so an update can only push the current tokens down; with R = 0 there is no gradient. This file
imports nothing of the package and does not know where z, x or R come from.
Shapes: L positions, D hidden size, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor


def log_probs(
    logits_LV: Float[Tensor, "L V"], x_L: Int[Tensor, " L"], kind: str = "log_softmax"
) -> Float[Tensor, " L"]:
    """The log-probability log pi(x_t | z_t) of each position.

    Args:
        logits_LV: unembedded latents.
        x_L: the token of each position.
        kind: "log_softmax", or "released": log(softmax + 1e-8 + 1e-10), which flattens the gradient
            of tokens less probable than 1e-8 (oddity 9).
    """
    if kind == "released":
        probs_LV = torch.softmax(logits_LV, -1) + 1e-8
        return torch.log(probs_LV.gather(-1, x_L[:, None])[:, 0] + 1e-10)
    return torch.log_softmax(logits_LV, -1).gather(-1, x_L[:, None])[:, 0]


@dataclass(frozen=True, eq=False)
class Gradient:
    """The gradient of the loss -J at one point."""

    grad_LD: Float[Tensor, "L D"]
    loss: float
    log_prob_L: Float[Tensor, " L"]


def policy_gradient(
    unembed: Callable[[Tensor], Tensor],
    z_LD: Float[Tensor, "L D"],
    x_L: Int[Tensor, " L"],
    reward: float,
    kind: str = "log_softmax",
) -> Gradient:
    """Gradient of loss = -R * sum_t log pi(x_t | z_t) with respect to z.

    Args:
        unembed: hidden states -> logits, differentiable.
        z_LD: the latents.
        x_L: the tokens whose log-probability is weighed.
        reward: R.
        kind: see `log_probs`.
    """
    with torch.enable_grad():
        leaf = z_LD.detach().requires_grad_(True)
        log_prob_L = log_probs(unembed(leaf), x_L, kind)
        loss = -reward * log_prob_L.sum()
        (grad_LD,) = torch.autograd.grad(loss, leaf)
    return Gradient(grad_LD, loss.item(), log_prob_L.detach())


def clipped(grad_LD: Float[Tensor, "L D"], max_norm: float | None) -> tuple[Float[Tensor, "L D"], float]:
    """The gradient scaled to a norm of at most `max_norm`, and its norm before that.

    The scale is max_norm / (norm + 1e-6), at most 1, as torch's clip_grad_norm_ has it.
    """
    norm = torch.linalg.vector_norm(grad_LD)
    if max_norm is not None:
        grad_LD = grad_LD * (max_norm / (norm + 1e-6)).clamp(max=1.0)
    return grad_LD, norm.item()


def of_length(direction_LD: Float[Tensor, "L D"], length_L: Float[Tensor, " L"]) -> Float[Tensor, "L D"]:
    """The direction scaled to a length at each position; where it is 0 it stays 0."""
    norm_L = torch.linalg.vector_norm(direction_LD, dim=-1)
    scale_L = torch.where(norm_L > 0, length_L.to(norm_L) / norm_L, 0)
    return direction_LD * scale_L[:, None]
