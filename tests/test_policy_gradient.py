from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from models import HEAD
from torch import Tensor

from seek_viz.ascent import CONTROLS, OPTIMIZERS, Here
from seek_viz.engine.policy_gradient import clipped, log_probs, of_length, policy_gradient

ADAM, SGD = OPTIMIZERS["adam"], OPTIMIZERS["sgd"]

pytestmark = pytest.mark.usefixtures("one_thread")
rewards = st.sampled_from([-1.0, -5 / 6, -0.5, -1 / 6, -4 / 3, 0.7])
seeds = st.integers(0, 10_000)


def setting(
    seed: int, positions: int = 3, hidden: int = 5, vocabulary: int = 11
) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(vocabulary, hidden, generator=generator, dtype=torch.float64)
    z_LD = torch.randn(positions, hidden, generator=generator, dtype=torch.float64)
    return W, z_LD, (z_LD @ W.T).argmax(-1)


@given(seeds, rewards)
def test_autograd_is_the_written_gradient(seed: int, reward: float) -> None:
    W, z_LD, x_L = setting(seed)
    got = policy_gradient(lambda z: z @ W.T, z_LD, x_L, reward)
    p_LV = torch.softmax(z_LD @ W.T, -1)
    one_hot_LV = torch.nn.functional.one_hot(x_L, len(W))
    torch.testing.assert_close(got.grad_LD, -reward * (one_hot_LV - p_LV) @ W)  # of the loss, -J
    assert got.loss == pytest.approx(-reward * got.log_prob_L.sum().item())


def test_gradient_worked_out_by_hand() -> None:
    """At h = (2, 0, 1) the hand-made head gives the logits 0 1 2 0 -2 -9; "b" (row 2) is pushed."""
    W = torch.tensor(HEAD, dtype=torch.float64)
    e = torch.tensor([0.0, 1, 2, 0, -2, -9], dtype=torch.float64).exp()
    p = e / e.sum()
    by_hand = torch.stack([1 - (0.5 * p[1] + p[2] - p[4]), -(-p[0] + 0.9 * p[1] + p[3]), 9 * p[5]])
    got = policy_gradient(
        lambda z: z @ W.T, torch.tensor([[2.0, 0, 1]], dtype=torch.float64), torch.tensor([2]), -1.0
    )
    torch.testing.assert_close(got.grad_LD[0], by_hand)
    assert got.loss == pytest.approx(torch.log(p[2]).item())


@given(seeds, st.sampled_from([-1.0, -1 / 6, -1e-3, -100.0]), st.floats(1e-3, 0.5))
def test_first_adam_step_is_eta_whatever_the_reward(seed: int, reward: float, eta: float) -> None:
    W, z_LD, x_L = setting(seed)
    grad_LD = policy_gradient(lambda z: z @ W.T, z_LD, x_L, reward).grad_LD
    moved_LD, _ = ADAM.update(z_LD, grad_LD, ADAM.init(z_LD), eta)
    expected_LD = -eta * grad_LD.sign()
    large = grad_LD.abs() > 1e-5  # epsilon, 1e-8, is seen beside a smaller gradient
    torch.testing.assert_close((moved_LD - z_LD)[large], expected_LD[large], rtol=2e-3, atol=0)


@given(seeds)
def test_negative_reward_lowers_the_pushed_tokens(seed: int) -> None:
    W, z_LD, x_L = setting(seed)
    got = policy_gradient(lambda z: z @ W.T, z_LD, x_L, -0.5)
    for optimizer in OPTIMIZERS.values():
        moved_LD, _ = optimizer.update(z_LD, got.grad_LD, optimizer.init(z_LD), 1e-3)
        assert (log_probs(moved_LD @ W.T, x_L) < got.log_prob_L).all()


@given(seeds)
def test_positive_reward_raises_them(seed: int) -> None:
    W, z_LD, x_L = setting(seed)
    got = policy_gradient(lambda z: z @ W.T, z_LD, x_L, 0.5)
    moved_LD, _ = SGD.update(z_LD, got.grad_LD, SGD.init(z_LD), 1e-3)
    assert (log_probs(moved_LD @ W.T, x_L) > got.log_prob_L).all()


@given(seeds)
def test_no_reward_no_gradient(seed: int) -> None:
    W, z_LD, x_L = setting(seed)
    got = policy_gradient(lambda z: z @ W.T, z_LD, x_L, 0.0)
    assert got.loss == 0
    assert not got.grad_LD.any()
    moved_LD, _ = ADAM.update(z_LD, got.grad_LD, ADAM.init(z_LD), 0.1)
    assert torch.equal(moved_LD, z_LD)


@given(seeds, st.integers(0, 2))
def test_positions_are_independent(seed: int, changed: int) -> None:
    W, z_LD, x_L = setting(seed)
    other_LD, other_L = z_LD.clone(), x_L.clone()
    other_LD[changed] += 1
    other_L[changed] = (x_L[changed] + 1) % len(W)
    before = policy_gradient(lambda z: z @ W.T, z_LD, x_L, -1.0).grad_LD
    after = policy_gradient(lambda z: z @ W.T, other_LD, other_L, -1.0).grad_LD
    kept = [t for t in range(3) if t != changed]
    torch.testing.assert_close(after[kept], before[kept])


def test_arguments_are_left_as_they_were() -> None:
    W, z_LD, x_L = setting(0)
    before = z_LD.clone()
    got = policy_gradient(lambda z: z @ W.T, z_LD, x_L, -1.0)
    moments = ADAM.init(z_LD)
    ADAM.update(z_LD, got.grad_LD, moments, 0.1)
    assert torch.equal(z_LD, before)
    assert not z_LD.requires_grad
    assert not any(kept.any() for kept in moments.values())


def test_inside_no_grad() -> None:
    W, z_LD, x_L = setting(0)
    with torch.no_grad():
        assert policy_gradient(lambda z: z @ W.T, z_LD, x_L, -1.0).grad_LD.any()


# --- Against torch's own ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 100.0])
def test_adam_is_torchs_bit_for_bit(dtype: torch.dtype, scale: float) -> None:
    torch.manual_seed(0)
    z_LD = torch.randn(7, 13).to(dtype)
    parameter = z_LD.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([parameter], lr=0.03)
    moments = ADAM.init(z_LD)
    for _ in range(12):
        grad_LD = (torch.randn(7, 13) * scale).to(dtype)
        grad_LD[2] = 0
        parameter.grad = grad_LD.clone()
        optimizer.step()
        z_LD, moments = ADAM.update(z_LD, grad_LD, moments, 0.03)
        assert torch.equal(z_LD, parameter.detach())
    assert moments["count"] == 12


def test_sgd_is_torchs() -> None:
    z_LD, grad_LD = torch.randn(3, 4), torch.randn(3, 4)
    parameter = z_LD.clone().requires_grad_(True)
    parameter.grad = grad_LD.clone()
    torch.optim.SGD([parameter], lr=0.3).step()
    moved_LD, kept = SGD.update(z_LD, grad_LD, SGD.init(z_LD), 0.3)
    torch.testing.assert_close(moved_LD, parameter.detach())
    assert not kept


@pytest.mark.parametrize("max_norm", [0.1, 1.0, 1e6])
def test_clipping_is_torchs(max_norm: float) -> None:
    grad_LD = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    parameter = torch.zeros(3, 4, requires_grad=True)
    parameter.grad = grad_LD.clone()
    norm = torch.nn.utils.clip_grad_norm_([parameter], max_norm)
    ours_LD, our_norm = clipped(grad_LD, max_norm)
    assert torch.equal(ours_LD, parameter.grad)
    assert our_norm == norm.item()


def test_without_clipping_the_gradient_stays() -> None:
    grad_LD = torch.full((2, 2), 1e6)
    same_LD, norm = clipped(grad_LD, None)
    assert same_LD is grad_LD
    assert norm == 2e6


# --- Oddity 9 -----------------------------------------------------------------------------------------------


def test_oddity_9_released_log_prob_has_a_floor_and_a_flat_gradient_below_it() -> None:
    """log(softmax + 1e-8 + 1e-10): a token of probability e^-40 reads as 1.01e-8 and gets no push."""
    logits_LV, x_L = torch.tensor([[0.0, -40.0]]), torch.tensor([1])
    assert log_probs(logits_LV, x_L).item() == pytest.approx(-40)
    assert log_probs(logits_LV, x_L, "released").item() == pytest.approx(
        torch.tensor(1.01e-8).log().item(), rel=1e-3
    )
    plain = policy_gradient(lambda z: z, logits_LV, x_L, -1.0)
    released = policy_gradient(lambda z: z, logits_LV, x_L, -1.0, "released")
    assert plain.grad_LD.abs().max() > 0.99
    assert released.grad_LD.abs().max() < 1e-8


def test_both_log_probs_agree_on_probable_tokens() -> None:
    W, z_LD, x_L = setting(3)
    torch.testing.assert_close(
        log_probs(z_LD @ W.T, x_L, "released"), log_probs(z_LD @ W.T, x_L), rtol=1e-5, atol=1e-6
    )


@given(seeds)
def test_a_random_direction_of_a_length_at_each_position(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    step_LD = torch.randn(4, 200, generator=generator) * torch.tensor([[0.0], [0.1], [1.0], [30.0]])
    made_LD = CONTROLS["random"].direction(Here(lambda z: z, step_LD, generator))
    made_LD = of_length(made_LD, step_LD.norm(dim=-1))
    torch.testing.assert_close(made_LD.norm(dim=-1), step_LD.norm(dim=-1), rtol=1e-4, atol=0)
    cosines_L = torch.cosine_similarity(made_LD[1:], step_LD[1:], dim=-1)
    assert bool((cosines_L.abs() < 0.4).all())  # 5.6 standard deviations of a random direction's


@given(seeds)
def test_the_way_to_a_random_token_raises_that_token_and_not_the_one_that_is_there(seed: int) -> None:
    """d log pi(r | z) / dz = (e_r - pi) W for an r that is not the argmax."""
    W, z_LD, _ = setting(seed)
    made_LD, again_LD = (
        CONTROLS["random_token"].direction(Here(lambda z: z @ W.T, z_LD, torch.Generator().manual_seed(seed)))
        for _ in range(2)
    )
    assert torch.equal(made_LD, again_LD)
    pi_LV = torch.softmax(z_LD @ W.T, -1)
    now_L = pi_LV.argmax(-1)
    for row, direction_D in enumerate(made_LD):
        ways_VD = W - pi_LV[row] @ W
        distances_V = (ways_VD - direction_D).norm(dim=-1)
        assert distances_V.min() < 1e-3 * ways_VD.norm(dim=-1).max()
        assert distances_V.argmin() != now_L[row]


def test_a_direction_of_length_0_stays_0() -> None:
    made_LD = of_length(torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([1.0, 10.0]))
    assert made_LD.tolist() == [[0, 0], [6, 8]]
