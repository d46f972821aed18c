"""The equations of one update, as pure functions; a reader can check them against the paper.

    J(z)  = R * sum_t log pi(x_t | z_t)            pi = softmax(unembed(z_t)), x_t = argmax   (Algorithm 1)
    dJ/dz = R * sum_t (e_{x_t} - pi_t) W           for logits = W z; positions are independent
    z    <- z + Adam(eta, dJ/dz)                   written, as usual, as descent on loss = -J

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


@dataclass(frozen=True, eq=False)
class Moments:
    """Adam's running means of the gradient and of its square, and how many updates made them."""

    mean_LD: Float[Tensor, "L D"]
    square_LD: Float[Tensor, "L D"]
    count: int

    @classmethod
    def zeros(cls, like: Float[Tensor, "L D"]) -> Moments:
        """Before the first update."""
        return cls(torch.zeros_like(like), torch.zeros_like(like), 0)


def adam(
    z_LD: Float[Tensor, "L D"],
    grad_LD: Float[Tensor, "L D"],
    moments: Moments,
    learning_rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Float[Tensor, "L D"], Moments]:
    """One step of Adam (Kingma and Ba, algorithm 1), in torch.optim.Adam's order of operations.

    The first step moves every coordinate with a gradient by `learning_rate`, whatever its size. After it,
    momentum alone moves what has no gradient now: positions where the text has ended before them, and all of
    them at R = 0.

    Returns:
        New z and moments; the arguments are left as they were.
    """
    count = moments.count + 1
    mean_LD = moments.mean_LD.lerp(grad_LD, 1 - beta_1)
    square_LD = (moments.square_LD * beta_2).addcmul_(grad_LD, grad_LD, value=1 - beta_2)
    step_size = learning_rate / (1 - beta_1**count)
    denominator = (square_LD.sqrt() / (1 - beta_2**count) ** 0.5).add_(epsilon)
    return z_LD.addcdiv(mean_LD, denominator, value=-step_size), Moments(mean_LD, square_LD, count)


def sgd(
    z_LD: Float[Tensor, "L D"], grad_LD: Float[Tensor, "L D"], moments: Moments, learning_rate: float
) -> tuple[Float[Tensor, "L D"], Moments]:
    """One step of plain gradient descent on the loss; the moments only count."""
    return z_LD - learning_rate * grad_LD, Moments(moments.mean_LD, moments.square_LD, moments.count + 1)


def random_direction(like_LD: Float[Tensor, "L D"], generator: torch.Generator) -> Float[Tensor, "L D"]:
    """A control: at each position a direction drawn uniformly from all, of any length.

    Args:
        like_LD: gives shape, dtype and device.
        generator: source of randomness, on the CPU.
    """
    return torch.randn(like_LD.shape, generator=generator).to(like_LD)


def random_token_direction(
    unembed: Callable[[Tensor], Tensor], z_LD: Float[Tensor, "L D"], generator: torch.Generator
) -> Float[Tensor, "L D"]:
    """A control that lm_head sees: at each position d log pi(r | z) / dz, the way to a token r.

    r is drawn uniformly from the vocabulary without the most probable token, which is there already.

    Args:
        unembed: hidden states -> logits, differentiable.
        z_LD: what it reads now.
        generator: source of randomness, on the CPU.
    """
    with torch.enable_grad():
        leaf = z_LD.detach().requires_grad_(True)
        logits_LV = unembed(leaf)
        now_L = logits_LV.argmax(-1)
        drawn_L = torch.randint(logits_LV.shape[-1] - 1, now_L.shape, generator=generator).to(now_L)
        r_L = drawn_L + (drawn_L >= now_L)
        (direction_LD,) = torch.autograd.grad(log_probs(logits_LV, r_L).sum(), leaf)
    return direction_LD


def of_length(direction_LD: Float[Tensor, "L D"], length_L: Float[Tensor, " L"]) -> Float[Tensor, "L D"]:
    """The direction scaled to a length at each position; where it is 0 it stays 0."""
    norm_L = torch.linalg.vector_norm(direction_LD, dim=-1)
    scale_L = torch.where(norm_L > 0, length_L.to(norm_L) / norm_L, 0)
    return direction_LD * scale_L[:, None]


OPTIMIZERS = {"adam": adam, "sgd": sgd}
