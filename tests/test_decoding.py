from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from models import with_generation_config

from seek_viz.engine import decoding
from seek_viz.engine.decoding import (
    Decoded,
    Request,
    Row,
    as_configured,
    at_intervals,
    decode,
    decode_together,
    greedy,
    prefill,
    sampler,
)
from seek_viz.model import FrozenLM

PROMPTS = [[1, 50, 60, 70], [1, 80], [90, 91, 92, 93, 94, 95, 96]]


def run(lm: FrozenLM, *prompts: Sequence[int], **options: Any) -> list[Decoded]:
    cap, offset_LD = options.pop("max_new_tokens", 16), options.pop("offset_LD", None)
    rows = [Row(prompt, cap, offset_LD) for prompt in prompts]
    return decode(lm, Request(rows, **{"stop_ids": (2,), **options}))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def assert_same(left: Decoded, right: Decoded) -> None:
    assert (left.token_ids, left.truncated) == (right.token_ids, right.truncated)
    torch.testing.assert_close(left.hidden_ND, right.hidden_ND, rtol=1e-4, atol=1e-4)


def test_cached_uncached_and_batched_are_the_same(family_lm: FrozenLM) -> None:
    batched = run(family_lm, *PROMPTS)
    batched_uncached = run(family_lm, *PROMPTS, use_cache=False)
    for prompt, row, uncached_row in zip(PROMPTS, batched, batched_uncached, strict=True):
        (alone,) = run(family_lm, prompt)
        assert_same(run(family_lm, prompt, use_cache=False)[0], alone)
        assert_same(row, alone)
        assert_same(uncached_row, alone)


def test_a_row_that_ends_first_does_not_disturb_the_others(family_lm: FrozenLM) -> None:
    full = run(family_lm, *PROMPTS, stop_ids=())
    early = full[0].token_ids[3]
    for row, unstopped in zip(run(family_lm, *PROMPTS, stop_ids=(early,)), full, strict=True):
        ids = unstopped.token_ids
        expected = ids[: ids.index(early) + 1] if early in ids else ids
        assert (row.token_ids, row.truncated) == (expected, early not in ids)


def test_hidden_states_are_those_of_one_forward_over_the_text(family_lm: FrozenLM) -> None:
    (decoded,) = run(family_lm, PROMPTS[0])
    whole = torch.tensor([[*PROMPTS[0], *decoded.token_ids]])
    with torch.no_grad():
        hidden_TD = family_lm.last_hidden(whole)[0, len(PROMPTS[0]) - 1 : -1]
        torch.testing.assert_close(decoded.hidden_ND, hidden_TD, rtol=1e-4, atol=1e-4)
        assert family_lm.unembed(decoded.hidden_ND).argmax(-1).tolist() == list(decoded.token_ids)


def test_a_prompts_cache_is_used_and_left_as_it_was(family_lm: FrozenLM) -> None:
    cache = prefill(family_lm, PROMPTS[0])
    assert cache.get_seq_length() == len(PROMPTS[0]) - 1
    before = [(layer.keys.clone(), layer.values.clone()) for layer in cache.layers]
    for _ in range(2):
        assert_same(run(family_lm, PROMPTS[0], cache=cache)[0], run(family_lm, PROMPTS[0])[0])
        longer = [*PROMPTS[0], 120, 121]
        assert_same(run(family_lm, longer, cache=cache)[0], run(family_lm, longer)[0])
    assert cache.get_seq_length() == len(PROMPTS[0]) - 1
    for layer, (keys, values) in zip(cache.layers, before, strict=True):
        assert torch.equal(layer.keys, keys)
        assert torch.equal(layer.values, values)


def test_a_prompt_of_one_token(family_lm: FrozenLM) -> None:
    cache = prefill(family_lm, [5])
    assert_same(run(family_lm, [5], cache=cache)[0], run(family_lm, [5], use_cache=False)[0])


def test_by_hand(hand_lm: FrozenLM) -> None:
    (decoded,) = run(hand_lm, [1], stop_ids=(0,))
    assert decoded.token_ids == (2, 3, 4, 0)  # a -> b c d <end>
    assert not decoded.truncated
    assert decoded.hidden_ND.tolist() == [[2, 0, 1], [0, 2, 1], [-2, 0, 1], [0, -2, 1]]


@pytest.mark.parametrize(("stop_ids", "length"), [((0,), 4), ((0, 3), 2), ((2, 3), 1), ((1,), 16), ((), 16)])
def test_several_stop_ids(hand_lm: FrozenLM, stop_ids: tuple[int, ...], length: int) -> None:
    (decoded,) = run(hand_lm, [1], stop_ids=stop_ids)
    assert len(decoded.token_ids) == len(decoded.hidden_ND) == length
    assert decoded.truncated == (length == 16)


def test_the_cap(hand_lm: FrozenLM) -> None:
    assert run(hand_lm, [1], stop_ids=(0,), max_new_tokens=3)[0].truncated
    assert not run(hand_lm, [1], stop_ids=(0,), max_new_tokens=4)[0].truncated


def test_no_offset_is_greedy(family_lm: FrozenLM) -> None:
    assert_same(run(family_lm, PROMPTS[0], offset_LD=torch.zeros(8, 16))[0], run(family_lm, PROMPTS[0])[0])


def test_an_offset_follows_the_text_as_it_now_is(hand_lm: FrozenLM) -> None:
    """(+.5, -.5) after "b" lifts "a" (1.6) over "c" (1.5); after that "a" the model goes on from "a"."""
    offset_LD = torch.tensor([[0.0, 0, 0], [0.5, -0.5, 0]])
    (decoded,) = run(hand_lm, [1], stop_ids=(0,), offset_LD=offset_LD)
    assert decoded.token_ids == (2, 1, 2, 3, 4, 0)
    assert decoded.hidden_ND[1].tolist() == [0, 2, 1]  # before the offset
    assert_same(run(hand_lm, [1], stop_ids=(0,), offset_LD=offset_LD, use_cache=False)[0], decoded)


def test_a_sampler_is_seeded(family_lm: FrozenLM) -> None:
    def sample(seed: int) -> tuple[int, ...]:
        return run(family_lm, PROMPTS[0], choose=sampler(1.0, generator(seed)))[0].token_ids

    assert sample(1) == sample(1)
    assert len({sample(seed) for seed in range(5)}) > 1


def test_a_cold_sampler_is_greedy(family_lm: FrozenLM) -> None:
    cold = run(family_lm, PROMPTS[0], choose=sampler(1e-4, generator()))
    assert_same(cold[0], run(family_lm, PROMPTS[0])[0])


def test_sampled_frequencies_are_the_probabilities(hand_lm: FrozenLM) -> None:
    logits_BV = torch.tensor([0.5, 0.3, 0.2]).log().repeat(20_000, 1)
    drawn = sampler(1.0, generator())(torch.zeros(20_000, 1, dtype=torch.long), logits_BV)
    frequencies = torch.bincount(drawn, minlength=3) / 20_000
    torch.testing.assert_close(frequencies, torch.tensor([0.5, 0.3, 0.2]), rtol=0, atol=0.015)


def test_as_configured(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen2"]

    def chosen(configured: FrozenLM, seed: int = 0) -> int:
        row = Row(PROMPTS[0], 1)
        choose, filters = as_configured(configured, generator(seed)), configured.sampling_filters()
        return decode(configured, Request([row], (), choose, filters))[0].token_ids[0]

    best = chosen(lm)
    assert chosen(with_generation_config(lm, suppress_tokens=[best])) != best
    sampling = with_generation_config(lm, do_sample=True, top_k=2, temperature=50.0)
    assert len({chosen(sampling, seed) for seed in range(20)}) == 2
    one = with_generation_config(lm, do_sample=True, top_k=1)
    assert {chosen(one, seed) for seed in range(9)} == {best}


def test_progress_streams_every_row(hand_lm: FrozenLM) -> None:
    seen: list[tuple[list[list[int]], list[bool]]] = []
    run(
        hand_lm, [1], [4], stop_ids=(0,), on_token=lambda new, ended: seen.append(copy.deepcopy((new, ended)))
    )
    assert seen == [
        ([[2], [0]], [False, True]),
        ([[2, 3], [0]], [False, True]),
        ([[2, 3, 4], [0]], [False, True]),
        ([[2, 3, 4, 0], [0]], [True, True]),
    ]


def test_who_watches_is_told_at_intervals(hand_lm: FrozenLM) -> None:
    told: list[int] = []
    often, seldom = (
        at_intervals(lambda *_: told.append(1), 0.0),
        at_intervals(lambda *_: told.append(2), 60.0),
    )
    for _ in range(3):
        often([[1]], [False])
        seldom([[1]], [False])
    assert told == [1, 2, 1, 1]


def test_greedy_takes_the_first_of_equals() -> None:
    assert greedy(torch.zeros(1, 1, dtype=torch.long), torch.tensor([[1.0, 2.0, 2.0]])).tolist() == [1]


def test_a_cache_serves_one_row(family_lm: FrozenLM) -> None:
    with pytest.raises(AssertionError):
        run(family_lm, [1, 2], [1, 3], cache=prefill(family_lm, [1, 2]))


def test_rows_that_are_alike_are_decoded_once(family_lm: FrozenLM, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, other = Row([5, 6, 7], 4), Row([8, 9], 4)
    offset = Row([5, 6, 7], 4, torch.full((1, family_lm.identity.hidden_size), 9.0))
    requests = [Request([plain, other], ()), Request([Row([5, 6, 7], 4)], ()), Request([offset], ())]
    alone = [decode(family_lm, request) for request in requests]
    decoded: list[Row] = []

    def counting(lm: FrozenLM, request: Request) -> list[Decoded]:
        decoded.extend(request.rows)
        return decode(lm, request)

    monkeypatch.setattr(decoding, "decode", counting)
    together = decode_together(family_lm, requests)
    assert decoded == [other, requests[1].rows[0], offset]
    assert [[d.token_ids for d in one] for one in together] == [[d.token_ids for d in one] for one in alone]
    decoded.clear()
    decode_together(family_lm, [Request([plain], ()), Request([Row([5, 6, 7], 3)], ())])
    assert len(decoded) == 2  # another cap is another decode
