from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from seek_viz.ascent import OPTIMIZERS
from seek_viz.engine.latents import initial_state, load_latents, read, rebased, save_latents, updated
from seek_viz.engine.seek import new_trace, seek
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import LATENTS_VERSION
from seek_viz.settings.config import SeekConfig

CPU = torch.device("cpu")


def test_start_of_both_modes() -> None:
    h = torch.randn(3, 4)
    z = initial_state(h, SeekConfig())
    assert torch.equal(z.parameter_LD, h)
    assert not z.base_LD.any()
    delta = initial_state(h, SeekConfig(decode_mode="coherent"))
    assert torch.equal(delta.base_LD, h)
    assert not delta.parameter_LD.any()
    for state in (z, delta):
        assert torch.equal(state.states_LD, h)
        assert state.distance == 0


def test_oddity_5_in_bf16_a_small_step_cannot_move_a_large_coordinate() -> None:
    h = torch.tensor([[12.0, 1.0]], dtype=torch.bfloat16)
    grad = torch.ones(1, 2)
    for dtype, moved in (("model", [False, True]), ("float32", [True, True])):
        state = initial_state(h, SeekConfig(latent_dtype=dtype))
        assert state.parameter_LD.dtype == (torch.bfloat16 if dtype == "model" else torch.float32)
        adam = OPTIMIZERS["adam"]
        after, _ = adam.update(state.parameter_LD, grad.to(state.parameter_LD), state.optimizer_state, 0.03)
        assert (after != state.parameter_LD).tolist() == [moved]


def test_an_update_is_the_optimisers_step_along_the_gradient(hand_lm: FrozenLM) -> None:
    h = torch.tensor([[2.0, 0, 1], [0, 2, 1]])
    state = initial_state(h, SeekConfig())
    after, update = updated(hand_lm, state, (2, 3), -1.0, SeekConfig(learning_rate=0.5))
    torch.testing.assert_close(after.parameter_LD[:, :2], torch.tensor([[1.5, 0.5], [0.5, 1.5]]))
    assert update.log_prob_L == pytest.approx(
        torch.log_softmax(hand_lm.unembed(h), -1)[[0, 1], [2, 3]].numpy(), abs=1e-6
    )
    assert update.loss == pytest.approx(float(update.log_prob_L.sum()))
    assert update.step_norm == pytest.approx(after.distance)
    assert update.cosine is None
    _, second = updated(hand_lm, after, (2, 3), -1.0, SeekConfig(learning_rate=0.5))
    assert second.cosine is not None
    assert -1 <= second.cosine <= 1.0001


def test_positions_after_the_texts_end_are_not_pushed(hand_lm: FrozenLM) -> None:
    state = initial_state(torch.tensor([[2.0, 0, 1], [0, 2, 1]]), SeekConfig())
    after, update = updated(hand_lm, state, (2,), -1.0, SeekConfig())
    assert torch.equal(after.parameter_LD[1], state.parameter_LD[1])
    assert len(update.log_prob_L) == 1


def test_clipping_bounds_the_gradient_and_reports_its_norm(hand_lm: FrozenLM) -> None:
    state = initial_state(torch.tensor([[2.0, 0, 1]]), SeekConfig())
    config = SeekConfig(optimizer="sgd", learning_rate=1.0, grad_clip=0.01)
    _, update = updated(hand_lm, state, (2,), -1.0, config)
    assert update.step_norm == pytest.approx(0.01, rel=1e-3)
    assert update.gradient_norm > 0.1


def test_a_step_out_of_the_finite_numbers_is_told(hand_lm: FrozenLM) -> None:
    state = initial_state(torch.full((1, 3), 3e38), SeekConfig())
    with pytest.raises(UserError, match="learning rate eta"):
        updated(hand_lm, state, (2,), -1.0, SeekConfig())


def test_rebasing_keeps_the_offsets() -> None:
    state = initial_state(torch.ones(3, 2), SeekConfig(decode_mode="coherent"))
    short = rebased(state, torch.full((2, 2), 5.0))
    assert torch.equal(short.parameter_LD, state.parameter_LD)
    assert short.base_LD.tolist() == [[5, 5], [5, 5], [0, 0]]


# --- What lm_head reads -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 5, 130])
def test_reading_against_a_direct_computation(family_lms: dict[str, FrozenLM], rows: int) -> None:
    lm = family_lms["Qwen3"]
    h = torch.randn(rows, 16, generator=torch.Generator().manual_seed(rows))
    reading = read(lm, h)
    logits = lm.unembed(h).double()
    ordered, ids = logits.sort(-1, descending=True)
    p = torch.softmax(logits, -1)
    assert reading.top_ids_L5.tolist() == ids[:, :5].tolist()
    np.testing.assert_allclose(reading.top_probs_L5, p.gather(1, ids[:, :5]), rtol=1e-4)
    np.testing.assert_allclose(reading.margin_L, ordered[:, 0] - ordered[:, 1], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(reading.entropy_L, -(p * p.log()).nansum(-1), rtol=1e-3, atol=1e-4)
    assert reading.top_tokens_L5[0][0] == lm.name(int(ids[0, 0]))
    assert reading.margin_L.dtype == reading.entropy_L.dtype == reading.top_probs_L5.dtype == np.float32


def test_reading_by_hand(hand_lm: FrozenLM) -> None:
    reading = read(hand_lm, torch.tensor([[2.0, 0, 1]]))
    assert reading.top_tokens_L5[0][:2] == ("b", "a")
    assert reading.margin_L.tolist() == [1.0]


def test_reading_nothing(hand_lm: FrozenLM) -> None:
    reading = read(hand_lm, torch.zeros(0, 3))
    assert (reading.top_ids_L5.shape, reading.margin_L.shape, reading.top_tokens_L5) == ((0, 5), (0,), ())


# --- Files ------------------------------------------------------------------------------------------------


def finished(lm: FrozenLM) -> Any:
    config = SeekConfig(reward="constant", rho=0.5, learning_rate=0.5, max_updates=2)
    *_, last = seek(lm, new_trace(lm, Problem("p", "a"), config))
    return last


def test_state_is_saved_and_loaded_whole(hand_lm: FrozenLM, tmp_path: Path) -> None:
    trace, state = finished(hand_lm)
    save_latents(trace, state, tmp_path / "run.safetensors")
    loaded = load_latents(trace, tmp_path / "run.safetensors", CPU)
    for name in ("parameter_LD", "base_LD", "start_LD", "change_LD"):
        assert torch.equal(getattr(loaded, name), getattr(state, name)), name
    assert (loaded.num_updates, loaded.optimizer) == (state.num_updates, state.optimizer) == (2, "adam")
    assert loaded.optimizer_state.keys() == state.optimizer_state.keys() == {"mean", "square", "count"}
    assert all(
        torch.equal(loaded.optimizer_state[name], kept) for name, kept in state.optimizer_state.items()
    )


def test_a_state_of_before_is_still_read(hand_lm: FrozenLM, tmp_path: Path) -> None:
    """Adam's moments were all that a file could hold, under names of their own."""
    trace, state = finished(hand_lm)
    path = tmp_path / "run.safetensors"
    save_latents(trace, state, path)
    with safe_open(str(path), framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = {name: value for name, value in file.metadata().items() if name != "optimizer"}
    del tensors["optimizer_count"]
    old = {name.replace("optimizer_", "adam_"): tensor for name, tensor in tensors.items()}
    save_file(old, str(path), metadata=metadata)
    loaded = load_latents(trace, path, CPU)
    assert all(
        torch.equal(loaded.optimizer_state[name], kept) for name, kept in state.optimizer_state.items()
    )


def test_latents_of_another_run_are_refused(hand_lm: FrozenLM, tmp_path: Path) -> None:
    trace, state = finished(hand_lm)
    save_latents(trace, state, tmp_path / "run.safetensors")
    other = dataclasses.replace(trace, created_at="another time")
    with pytest.raises(UserError, match="written with this trace"):
        load_latents(other, tmp_path / "run.safetensors", CPU)


@pytest.mark.parametrize("content", [None, b"", b"\x10\0\0\0\0\0\0\0 not a header", b"{}"])
def test_damaged_latents(hand_lm: FrozenLM, tmp_path: Path, content: bytes | None) -> None:
    trace, _state = finished(hand_lm)
    path = tmp_path / "run.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="latents file"):
        load_latents(trace, path, CPU)


def test_latents_without_a_part(hand_lm: FrozenLM, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    trace, _state = finished(hand_lm)
    save_file(
        {"state_base": torch.zeros(1, 2)},
        tmp_path / "run.safetensors",
        metadata={"version": LATENTS_VERSION, "created_at": trace.created_at},
    )
    with pytest.raises(UserError, match="latents file"):
        load_latents(trace, tmp_path / "run.safetensors", CPU)
