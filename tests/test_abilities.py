"""Every kind of causal model decodes as its own `generate` does, however its cache and padding behave."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from models import KINDS, save_family

from seek_viz.engine.decoding import Request, Row, decode, prefill
from seek_viz.engine.seek import new_trace, seek
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.model.abilities import Abilities
from seek_viz.problems.problem import Problem
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.registry import ModelEntry

PROMPTS = [[1, 50, 60, 70], [1, 80], [*range(90, 103)]]
RECURRENT = {"mamba", "mamba2", "jamba", "falcon_h1", "lfm2", "qwen3_next", "qwen3_5_text", "rwkv"}
WITHOUT_CACHE = {"rwkv", "openai-gpt", "minimax"}

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def generated(lm: FrozenLM, prompt: list[int], count: int = 12, **options: Any) -> tuple[int, ...]:
    """What transformers' own `generate` goes on with."""
    ids = torch.tensor([prompt])
    out = lm.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=count,
        pad_token_id=0,
        **options,
    )
    return tuple(out[0, len(prompt) :].tolist())


def decoded(lm: FrozenLM, *prompts: list[int], count: int = 12, **options: Any) -> list[tuple[int, ...]]:
    request = Request([Row(prompt, count) for prompt in prompts], lm.eos_ids, **options)
    return [one.token_ids for one in decode(lm, request)]


IN_EVERY_RUN = {
    "mistral", "gemma2", "gemma3_text", "phi3", "gpt2", "opt", "bloom", "cohere2", "qwen3_next", "lfm2",
    "mamba", "jamba", "rwkv", "openai-gpt",
}  # fmt: skip
"""One of each mechanism: windows, caps, learned and other positions, mixed layers, states, no cache."""


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in IN_EVERY_RUN else pytest.mark.slow) for kind in KINDS]
)
def test_each_kind_decodes_as_generate_does(kind: str, tmp_path: Path) -> None:
    lm = FrozenLM.load(str(save_family(kind, tmp_path, **KINDS[kind])), device="cpu")
    expected = [generated(lm, prompt) for prompt in PROMPTS]
    assert [decoded(lm, prompt)[0] for prompt in PROMPTS] == expected
    assert [decoded(lm, prompt, use_cache=False)[0] for prompt in PROMPTS] == expected
    assert decoded(lm, *PROMPTS) == expected
    assert decoded(lm, *PROMPTS, use_cache=False) == expected
    for prompt, ids in zip(PROMPTS, expected, strict=True):
        cache = prefill(lm, prompt)
        assert decoded(lm, prompt, cache=cache) == decoded(lm, prompt, cache=cache) == [ids]
        assert decoded(lm, [*prompt, *ids[:5]], cache=cache, count=7) == [ids[5:]] or len(ids) <= 5
    # Rows that end early leave the batch, which a recurrent state cannot bear.
    caps = [3, 12, 7]
    rows = [Row(prompt, cap) for prompt, cap in zip(PROMPTS, caps, strict=True)]
    short = decode(lm, Request(rows, lm.eos_ids))
    assert [one.token_ids for one in short] == [ids[:cap] for ids, cap in zip(expected, caps, strict=True)]
    assert not (lm.abilities.batches and kind in RECURRENT)
    assert lm.abilities.caches or not prefill(lm, PROMPTS[0])
    assert lm.abilities.caches == (kind not in WITHOUT_CACHE) or kind in ("bamba", "recurrent_gemma")


def test_what_a_model_cannot_do_is_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="cannot be padded into one batch"):
        lm = FrozenLM.load(str(save_family("mamba", tmp_path, **KINDS["mamba"])), device="cpu")
    assert lm.notes == tuple(lm.abilities.limits())
    assert Abilities().limits() == []
    assert len(Abilities(caches=False, batches=False).limits()) == 2


def test_a_model_that_sees_the_future_is_refused(tmp_path: Path) -> None:
    lm = FrozenLM.load(str(save_family("Llama", tmp_path)), device="cpu")
    forward = type(lm).last_hidden

    class Seeing(FrozenLM):
        def last_hidden(self, ids_BT: torch.Tensor, **options: Any) -> Any:
            return forward(self, ids_BT, **options) + forward(self, ids_BT).mean(1, keepdim=True)

        def _check_unembed(self) -> None:
            pass

    with pytest.raises(UserError, match="depend on later tokens"):
        Seeing(lm.model, lm.tokenizer, ModelEntry("seeing", ""))


def test_progress_of_rows_that_are_decoded_one_after_another(tmp_path: Path) -> None:
    lm = FrozenLM.load(str(save_family("mamba", tmp_path, **KINDS["mamba"])), device="cpu")
    seen: list[tuple[int, ...]] = []
    request = Request([Row(prompt, 2) for prompt in PROMPTS], (), on_token=None)
    decode(
        lm,
        dataclasses.replace(request, on_token=lambda new, ended: seen.append((*map(len, new), sum(ended)))),
    )
    assert seen == [(1, 0, 0, 0), (2, 0, 0, 1), (2, 1, 0, 1), (2, 2, 0, 2), (2, 2, 1, 2), (2, 2, 2, 3)]


# --- A rope whose table depends on the length ---------------------------------------------------------

LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0, 1.1, 1.2, 1.3],
    "long_factor": [4.0, 9.0, 16.0, 25.0],
    "original_max_position_embeddings": 24,
}


def test_longrope_across_the_switch(tmp_path: Path) -> None:
    """Before, after, at the last short length, and with a prompt's cache on the other side of it."""
    folder = save_family(
        "phi3",
        tmp_path,
        rope_parameters=LONGROPE,
        original_max_position_embeddings=24,
        max_position_embeddings=256,
    )
    lm = FrozenLM.load(str(folder), device="cpu")
    assert (lm.rope_switch, lm.max_positions) == (24, 256)
    lengths = (3, 10, 22, 23, 24, 25, 26, 40)
    prompts = [[(11 * at + 5) % 300 + 3 for at in range(length)] for length in lengths]
    expected = [generated(lm, prompt, 30) for prompt in prompts]
    assert len(set(expected)) > 1
    for prompt, ids in zip(prompts, expected, strict=True):
        cache = prefill(lm, prompt)
        assert decoded(lm, prompt, count=30) == [ids]
        assert decoded(lm, prompt, count=30, cache=cache) == [ids]
        assert decoded(lm, prompt, count=30, use_cache=False) == [generated(lm, prompt, 30, use_cache=False)]
    assert decoded(lm, *prompts, count=30) == expected


def test_a_dynamic_rope_is_read_in_its_first_range(tmp_path: Path) -> None:
    rope = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}
    folder = save_family("Llama", tmp_path, rope_parameters=rope, max_position_embeddings=40)
    lm = FrozenLM.load(str(folder), device="cpu")
    assert lm.max_positions == 40
    for prompt in PROMPTS:
        count = 40 - len(prompt)
        assert decoded(lm, prompt, count=count) == [generated(lm, prompt, count)]


@pytest.mark.parametrize(("kind", "name"), [("gpt2", "n_positions"), ("opt", "max_position_embeddings")])
def test_the_last_position_of_a_table(kind: str, name: str, tmp_path: Path) -> None:
    sizes = {**KINDS[kind], "max_position_embeddings": 50, name: 50}
    lm = FrozenLM.load(str(save_family(kind, tmp_path, **sizes)), device="cpu")
    assert lm.max_positions == 50
    prompt = [*range(3, 48)]
    assert decoded(lm, prompt, count=5) == [generated(lm, prompt, 5)]


@pytest.mark.parametrize("kind", ["mamba", "qwen3_next", "openai-gpt", "mistral"])
@pytest.mark.parametrize("mode", ["independent", "coherent"])
def test_a_run_is_the_same_with_a_cache_and_without(kind: str, mode: str, tmp_path: Path) -> None:
    lm = FrozenLM.load(str(save_family(kind, tmp_path, **KINDS[kind])), device="cpu")
    runs = []
    for reuse in (True, False):
        config = SeekConfig(
            decode_mode=mode,
            learning_rate=0.5,
            rho=0.5,
            max_updates=2,
            max_new_tokens=10,
            max_verifier_tokens=4,
            reuse_cache=reuse,
        )
        trace = new_trace(lm, Problem("p", "1 + 1?", "2"), config)
        for pair in seek(lm, trace):
            trace = pair[0]
        runs.append([(step.token_ids, step.reward) for step in trace.steps])
    assert runs[0] == runs[1]
    assert len({ids for ids, _ in runs[0]}) > 1
