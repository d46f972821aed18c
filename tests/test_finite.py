"""Numbers that are not finite are named where they arise; padding and whole numbers raise no alarm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from models import byte_tokenizer, frozen, save_family
from safetensors.torch import load_file, save_file

from seek_viz.engine.decoding import Request, Row, decode, sampler
from seek_viz.engine.latents import initial_state, updated
from seek_viz.engine.seek import new_trace, seek
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.model.finite import require_finite
from seek_viz.problems.problem import Problem
from seek_viz.settings.config import SeekConfig


def changed(folder: Path, name: str, change: Any) -> Path:
    """A saved model with one weight changed in place."""
    weights = load_file(folder / "model.safetensors")
    change(weights[name])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.fixture
def folder(tmp_path: Path, one_thread: None) -> Path:
    return save_family("Qwen2", tmp_path / "model")


def test_a_float16_overflow_is_blamed_on_float16_and_not_on_the_architecture(folder: Path) -> None:
    changed(folder, "lm_head.weight", lambda w: w.mul_(1e4 / w.abs().max() * 5))
    assert FrozenLM.load(str(folder), device="cpu").identity.dtype == "float32"
    with pytest.raises(UserError, match=r"in float16.*65,504.*bfloat16 or float32") as told:
        FrozenLM.load(str(folder), device="cpu", dtype="float16")
    assert "architecture" not in str(told.value)


def test_an_overflow_while_decoding_names_the_token(folder: Path) -> None:
    lm = FrozenLM.load(str(folder), device="cpu", dtype="float16")
    lm.model.lm_head.weight.data.mul_(1e5)  # after the check at load
    with pytest.raises(UserError, match=r"logits of new token 1, in float16"):
        decode(lm, Request([Row([5, 6, 7], 4)], (2,)))
    with pytest.raises(UserError, match=r"logits of new token 1, in float16"):
        decode(lm, Request([Row([5, 6, 7], 4)], (2,), sampler(1.0, torch.Generator())))


def test_a_nan_weight_is_named_and_leaves_the_run_usable(folder: Path) -> None:
    broken = byte_tokenizer()("Z", add_special_tokens=False).input_ids[0]
    lm = frozen(folder)
    config = SeekConfig(reward="constant", max_updates=3, max_new_tokens=8, rho=0.5, learning_rate=0.1)
    trace, state = next(seek(lm, new_trace(lm, Problem("p", "1 + 1?"), config)))
    weight = lm.model.model.embed_tokens.weight
    kept = weight.data[broken].clone()
    weight.data[:] = torch.where(torch.arange(len(weight))[:, None] == broken, torch.nan, weight.data)
    with pytest.raises(UserError, match=r"in float32.*embed_tokens\.weight holds NaN"):
        next(seek(lm, new_trace(lm, Problem("p", "Z?"), config)))
    weight.data[broken] = kept
    later, _ = next(seek(lm, trace, state))
    assert len(later.steps) == 2


def test_a_nan_weight_at_the_first_token_is_no_wrong_architecture(folder: Path) -> None:
    changed(folder, "model.norm.weight", lambda w: w.fill_(torch.nan))
    with pytest.raises(UserError, match=r"model\.norm\.weight holds NaN"):
        FrozenLM.load(str(folder), device="cpu")


def test_a_gradient_that_is_not_finite_is_not_blamed_on_eta_alone(hand_lm: FrozenLM) -> None:
    state = initial_state(torch.tensor([[torch.nan, 0, 1]]), SeekConfig())
    with pytest.raises(UserError, match="logits of the latents before update 1, in float32"):
        updated(hand_lm, state, (2,), -1.0, SeekConfig())


def test_nan_in_padding_and_in_rows_that_have_ended_raises_no_alarm(
    family_lms: dict[str, FrozenLM], monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = family_lms["Qwen2"]
    plain = decode(lm, Request([Row([5, 6, 7, 8, 9], 6), Row([5], 1)], ()))
    whole = lm.last_hidden

    def poisoned(ids_BT: Any, *, cache: Any = None, mask_BS: Any = None) -> Any:
        hidden = whole(ids_BT, cache=cache, mask_BS=mask_BS).clone()
        if mask_BS is not None:
            hidden[mask_BS[:, -ids_BT.shape[1] :] == 0] = torch.nan  # padding
            if mask_BS.shape[1] > 5:
                hidden[1:] = torch.nan  # the row of one token has ended
        return hidden

    monkeypatch.setattr(lm, "last_hidden", poisoned)
    again = decode(lm, Request([Row([5, 6, 7, 8, 9], 6), Row([5], 1)], ()))
    assert [row.token_ids for row in again] == [row.token_ids for row in plain]


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_every_kind_is_found(bad: float, dtype: torch.dtype, hand_lm: FrozenLM) -> None:
    values = torch.zeros(3, 7, dtype=dtype)
    require_finite(hand_lm.model, values, "numbers")
    require_finite(hand_lm.model, values[:0], "numbers")
    values[1, 4] = bad
    with pytest.raises(UserError, match="NaN or infinity in the numbers"):
        require_finite(hand_lm.model, values, "numbers")
