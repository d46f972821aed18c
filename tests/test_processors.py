"""What a generation config asks of logits is done as `generate` does it, padding aside."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
import torch
from models import with_generation_config

from seek_viz.engine.decoding import Request, Row, as_configured, decode, decode_together, drive, greedy
from seek_viz.engine.rewards import self_reward
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.settings.config import SeekConfig

PROMPTS = [[1, 50, 60, 70, 50, 60], [1, 80], [90, 91, 92, 93, 94, 95, 96, 90, 91]]
HONOURED: list[dict[str, Any]] = [
    {"repetition_penalty": 1.7},
    {"encoder_repetition_penalty": 1.7},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"encoder_no_repeat_ngram_size": 2},
    {"suppress_tokens": list(range(100, 220))},
    {"begin_suppress_tokens": list(range(3, 250))},
    {"bad_words_ids": [[token] for token in range(50, 200)] + [[210, 211]]},
    {"min_length": 20},
    {"min_new_tokens": 15},
    {"forced_bos_token_id": 7},
    {"sequence_bias": [[[66], 9.0], [[80, 81], -9.0]]},
    {"exponential_decay_length_penalty": [2, 1.9]},
    {"remove_invalid_values": True},
    {"renormalize_logits": True},
    {"repetition_penalty": 1.3, "no_repeat_ngram_size": 2, "min_new_tokens": 5, "suppress_tokens": [60]},
]


@pytest.mark.parametrize("settings", HONOURED, ids=lambda settings: " ".join(settings))
def test_as_generate_does_it(settings: dict[str, Any], family_lms: dict[str, FrozenLM]) -> None:
    """Alone, without a cache, and in a padded batch, where the padding counts as nothing."""
    lm = with_generation_config(family_lms["Qwen2"], eos_token_id=2, pad_token_id=0, **settings)
    expected = []
    for prompt in [*PROMPTS, [5]]:
        ids = torch.tensor([prompt])
        # a copy: `generate` reads the model's own generation config
        out = copy.copy(lm.model).generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=16
        )
        expected.append(tuple(out[0, len(prompt) :].tolist()))
    rows = [Row(prompt, 16) for prompt in [*PROMPTS, [5]]]
    filters = lm.sampling_filters()
    assert filters is not None
    for options in ({}, {"use_cache": False}):
        together = decode(lm, Request(rows, lm.eos_ids, greedy, filters, **options))
        assert [one.token_ids for one in together] == expected
    alone = [decode(lm, Request([row], lm.eos_ids, greedy, filters))[0].token_ids for row in rows]
    assert alone == expected
    shared = decode_together(lm, [Request([row], lm.eos_ids, greedy, filters) for row in rows])
    assert [one.token_ids for (one,) in shared] == expected


@pytest.mark.parametrize(
    "settings",
    [
        {"top_k": 3},
        {"top_p": 0.4},
        {"min_p": 0.3},
        {"typical_p": 0.4},
        {"epsilon_cutoff": 0.02},
        {"eta_cutoff": 0.02},
        {"top_h": 0.4},
        {"temperature": 0.3, "top_k": 20, "top_p": 0.5, "min_p": 0.01},
    ],
    ids=lambda settings: " ".join(settings),
)
def test_the_distribution_that_is_drawn_from(
    settings: dict[str, Any], family_lms: dict[str, FrozenLM]
) -> None:
    """The same as that of transformers' own list of processors."""
    plain = {"temperature": 1.0, "top_k": None, "top_p": 1.0}
    lm = with_generation_config(family_lms["Qwen2"], do_sample=True, **{**plain, **settings})
    filters = lm.sampling_filters()
    assert filters is not None
    config = copy.deepcopy(lm.model.generation_config)
    theirs = lm.model._get_logits_processor(config, input_ids_seq_length=2, device="cpu")
    logits_BV = torch.randn(1, 320, generator=torch.Generator().manual_seed(3)) * 2
    ours = filters([((5, 6), ())], logits_BV)
    torch.testing.assert_close(ours, theirs(torch.tensor([[5, 6]]), logits_BV.clone()))
    assert not torch.equal(ours, logits_BV)
    assert 0 < ours.isfinite().sum() < 320 or "top_h" in settings


def test_without_sampling_what_shapes_the_draw_is_left_out(family_lms: dict[str, FrozenLM]) -> None:
    lm = with_generation_config(family_lms["Qwen2"], do_sample=False, top_k=3, top_p=0.5, temperature=0.1)
    assert lm.sampling_filters() is None


def test_what_is_not_followed_is_named(family_lms: dict[str, FrozenLM]) -> None:
    lm = with_generation_config(
        family_lms["Qwen2"], num_beams=4, stop_strings=["END"], guidance_scale=1.0, penalty_alpha=0.6
    )
    (note,) = lm.notes
    assert note == ("of its generation config these are not followed: num_beams, penalty_alpha, stop_strings")


@pytest.mark.parametrize(
    "settings",
    [
        {"no_repeat_ngram_size": -1},
        {"repetition_penalty": -2.0},
        {"bad_words_ids": [["word"]]},
        {"do_sample": True, "top_p": -3.0},
        {"min_new_tokens": "many"},
    ],
    ids=lambda settings: " ".join(settings),
)
def test_what_cannot_be_followed_is_refused(
    settings: dict[str, Any], family_lms: dict[str, FrozenLM]
) -> None:
    with pytest.raises(UserError, match="generation config"):
        with_generation_config(family_lms["Qwen2"], **settings)


@pytest.mark.parametrize("batch", [True, False])
def test_verifiers_heed_them(batch: bool, family_lms: dict[str, FrozenLM]) -> None:
    """Of all tokens but one, each reply has none."""
    lm = with_generation_config(family_lms["Qwen2"], suppress_tokens=[*range(70), *range(71, 320)])
    config = SeekConfig(verifier_sampling="generation_config", max_verifier_tokens=3, batch_verifiers=batch)
    reward = drive(lm, self_reward(lm, "1 + 1?", "\\boxed{2}", config))
    assert [verdict.reply for verdict in reward.verdicts] == [lm.text([70] * 3)] * 4
    greedily = drive(
        lm, self_reward(lm, "1 + 1?", "\\boxed{2}", dataclasses.replace(config, verifier_sampling="greedy"))
    )
    assert greedily.verdicts != reward.verdicts
    assert as_configured(lm, torch.Generator()) is greedy
