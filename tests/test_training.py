"""How the bundled model is made: batches, answers in batches, a training from start to end, its figures."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from seek_viz import ASSETS
from seek_viz.problems.sets import load_set
from seek_viz.settings.prompts import TINY
from seek_viz.settings.registry import model_entry
from seek_viz.training import batches, publish, sampling, train
from seek_viz.training.batches import BUCKETS, IGNORED, ExampleBatches, Stream, encode
from seek_viz.training.evaluate import Judged, evaluate, load_float32, solver_accuracy
from seek_viz.training.examples import ROUND_1, ROUND_2
from seek_viz.training.network import new_model, save_model

pytestmark = pytest.mark.usefixtures("one_thread", "small_pools")
SMALL = train.Preset("cpu", "cpu", 0.006, 512, 1, 8)


@pytest.fixture(scope="module")
def small_pools() -> Iterator[None]:
    """Few examples of a seed: drawing them is what takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "POOL", 32)
        yield


@pytest.fixture(scope="module")
def bundled() -> Any:
    return load_float32(ASSETS / "tiny")


# --- Batches ------------------------------------------------------------------------------------------


def test_loss_falls_on_the_answer_alone(bundled: Any) -> None:
    _, tokenizer = bundled
    question, answer = TINY.solve("1 + 1?"), "1+1=2. So the answer is \\boxed{2}."
    ((ids, labels),) = encode(tokenizer, [(question, answer)])
    kept = [token for token in labels if token != IGNORED]
    assert tokenizer.decode(kept) == answer + tokenizer.eos_token
    assert ids[-len(kept) :] == kept
    assert set(labels[: -len(kept)]) == {IGNORED}
    assert tokenizer.decode(ids).startswith("<|im_start|>user\n1 + 1?")


def test_a_batch_is_padded_on_the_right_to_a_bucket_and_holds_so_many_tokens(bundled: Any) -> None:
    _, tokenizer = bundled
    made = ExampleBatches(Stream(3, 0, ROUND_1, 512, frozenset()), tokenizer, None)
    for input_ids, labels, _ in itertools.islice(made, 6):
        rows, length = input_ids.shape
        assert length in BUCKETS
        assert rows == 512 // length
        for row_ids, row_labels in zip(input_ids, labels, strict=True):
            end = int((row_ids != 0).sum())
            assert bool((row_ids[:end] != 0).all())
            assert bool((row_labels[end:] == IGNORED).all())
            assert int(row_labels[end - 1]) == int(row_ids[end - 1]) == tokenizer.eos_token_id
            used = row_labels != IGNORED
            assert torch.equal(row_labels[used], row_ids[used])


def test_a_paused_stream_goes_on_where_it_was(bundled: Any) -> None:
    _, tokenizer = bundled
    whole = ExampleBatches(Stream(3, 1, ROUND_1, 512, frozenset()), tokenizer, None)
    later = ExampleBatches(Stream(3, 1, ROUND_1, 512, frozenset(), first_pool=1), tokenizer, None)
    first = next(iter(later))
    of_pool_1 = next(batch for batch in whole if batch[2] == 1)
    asked = [tokenizer.decode(row) for row in first[0]]
    assert first[2] == of_pool_1[2] == 1
    assert asked != [tokenizer.decode(row) for row in next(iter(whole))[0]]


# --- Answers in batches -----------------------------------------------------------------------------------


def test_answers_in_a_batch_are_those_that_transformers_generates(bundled: Any) -> None:
    model, tokenizer = bundled
    problems = load_set("validation")[:5]
    chats = [TINY.solve(problem.question) for problem in problems]
    together = sampling.generate(model, tokenizer, chats, batch_size=3)
    for chat, answer in zip(chats, together, strict=True):
        text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        inputs = tokenizer(text, return_tensors="pt")
        ids = model.generate(**inputs, do_sample=False, max_new_tokens=sampling.MAX_NEW_TOKENS)
        new = ids[0, inputs["input_ids"].shape[1] :]
        assert answer == tokenizer.decode(new, skip_special_tokens=True)


# --- A training, small ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, small_pools: None) -> Path:
    """All four rounds on six thousand tokens, with answers of a few tokens, and without a compiler."""
    out = tmp_path_factory.mktemp("training") / "run"
    AutoTokenizer.from_pretrained(ASSETS / "tiny").save_pretrained(out / "tokenizer")  # not trained anew
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "compile", lambda model, **unused: model)
        patch.setattr(
            train, "loader", lambda stream, tokenizer, own, workers: iter(_batches(stream, tokenizer, own))
        )
        patch.setattr(train, "_LOG_EVERY", 1)
        patch.setattr(train, "held_out_keys", frozenset)  # its keys are tested with the grammar
        patch.setattr(sampling, "ASKED_TOGETHER", 8)
        patch.setattr(sampling, "MAX_NEW_TOKENS", 12)
        train.Trainer(SMALL, out, seed=1, million_tokens=0.006, resume=False).run()
    return out


def _batches(stream: Stream, tokenizer: Any, own: Any) -> Any:
    return ExampleBatches(stream, tokenizer, own)


def test_training_goes_through_its_rounds_and_learns(trained: Path) -> None:
    log = [json.loads(line) for line in (trained / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = [record for record in log if "loss" in record]
    assert {record["round"] for record in steps} == {0, 1, 2, 3}
    assert [record["own_answers"] for record in log if "own_answers" in record] == [8, 16, 16]
    assert steps[0]["loss"] > 6.5  # an even guess among 1,024 tokens is 6.9
    assert steps[-1]["loss"] < steps[0]["loss"] - 0.5
    rates = [record["learning_rate"] for record in steps]
    assert max(rates) <= max(one.peak for one in train.ROUNDS)
    assert min(rates) >= 0
    assert all((trained / f"round-{number}" / "model.safetensors").is_file() for number in (1, 2, 3, 4))


def test_a_finished_training_is_taken_up_where_it_is(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda model, **unused: model)
    again = train.Trainer(SMALL, trained, seed=1, million_tokens=0.006, resume=True)
    assert again.progress["round"] == len(train.ROUNDS)
    stored, _ = load_float32(trained / "round-4")
    for mine, theirs in zip(again.model.parameters(), stored.parameters(), strict=True):
        assert torch.equal(mine.bfloat16().float(), theirs)
    before = (trained / "log.jsonl").read_bytes()
    again.run()
    assert (trained / "log.jsonl").read_bytes() == before


def test_the_facts_of_the_card_are_those_of_the_run(trained: Path) -> None:
    facts = publish.run_facts(trained)
    assert facts["arguments"] == "--preset cpu --tokens 0.006 --seed 1 --out DIR"
    assert (facts["own_answers"], facts["steps"] >= 4, facts["tokens"] >= 6_000) == (16, True, True)


def test_a_stored_model_is_a_folder_that_the_page_can_load(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "tiny")
    model, out = new_model(3), tmp_path / "model"
    save_model(model, tokenizer, out)
    (out / "README.md").write_text("its card", encoding="utf-8")
    save_model(model, tokenizer, out)
    assert (out / "README.md").read_text(encoding="utf-8") == "its card"
    assert not out.with_name("model.new").exists()
    entry = model_entry(str(out))
    assert (entry.prompts, entry.preset["decode_mode"]) == (TINY, "coherent")
    stored, _ = load_float32(out)
    assert model.lm_head.weight.dtype == torch.float32
    assert torch.equal(stored.lm_head.weight, model.lm_head.weight.bfloat16().float())


def test_later_rounds_judge_own_answers() -> None:
    assert ROUND_1.own == 0
    assert ROUND_2.own > 0
    assert sum(one.share for one in train.ROUNDS) == pytest.approx(1)


# --- Figures ------------------------------------------------------------------------------------------------


def test_balanced_accuracy_is_the_mean_of_both() -> None:
    assert Judged(3, 1, 1, 1, 1).balanced_accuracy == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert Judged(3, 1, 0, 0, 0).balanced_accuracy is None


def test_figures_are_the_engines(bundled: Any) -> None:
    """The same model through the engine's own decoding and grading gives the same share of right answers."""
    from seek_viz.engine.baselines import draw
    from seek_viz.grading import answers_equal
    from seek_viz.model import FrozenLM
    from seek_viz.problems.problem import Problem
    from seek_viz.settings.config import SeekConfig

    model, tokenizer = bundled
    made = load_set("validation")[:6]
    problems = [Problem.from_dict(one.to_dict()) for one in made]
    lm = FrozenLM.load("tiny", device="cpu")
    samples = draw(lm, problems, 1, 0.0, SeekConfig.of_preset("default", lm.preset))
    right = [answers_equal(one[0].answer, p.gold) for one, p in zip(samples, problems, strict=True)]
    assert solver_accuracy(model, tokenizer, made, "boxed") == sum(right) / len(right)


def test_counts_of_an_evaluation_add_up(bundled: Any) -> None:
    model, tokenizer = bundled
    result = evaluate(model, tokenizer, load_set("validation")[:6], "boxed", num_judged=4)
    assert result["problems"] == 6
    assert sum(count for _, count in result["accuracy"]["tier"].values()) == 6
    for group, asked in (("judge", 6), ("judge_made_faults", 2)):
        for row in result[group].values():
            parts = ("true_accepted", "true_rejected", "false_accepted", "false_rejected")
            assert sum(row[name] for name in parts) == asked
