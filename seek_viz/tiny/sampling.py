"""Batched answers of a model: its own right and wrong solutions, and its replies as a judge.

Sorting by prompt length keeps padding small; the right answers are decided by program (`labels`).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase, Qwen2ForCausalLM

from seek_viz.prompts import TINY, Messages
from seek_viz.tiny.examples import OwnAnswer, draw_problem
from seek_viz.tiny.grammar import TinyProblem
from seek_viz.tiny.labels import label

MAX_NEW_TOKENS = 224
"""Longest answer; the longest training answer has about 200 tokens."""
_TEMPERATURES = (0.0, 0.7, 0.7, 1.0)


@torch.inference_mode()
def generate(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    chats: Sequence[Messages],
    temperature: float = 0.0,
    batch_size: int = 128,
) -> list[str]:
    """One answer per chat, greedy at temperature 0, without special tokens, in the order of the chats."""
    prompts = [_prompt(tokenizer, chat) for chat in chats]
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    answers = [""] * len(prompts)
    sampling = (
        {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature else {"do_sample": False}
    )
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        inputs = tokenizer([prompts[i] for i in rows], return_tensors="pt", padding=True, padding_side="left")
        inputs = {key: value.to(model.device) for key, value in inputs.items() if key != "token_type_ids"}
        output = model.generate(  # type: ignore[misc]
            **inputs, max_new_tokens=MAX_NEW_TOKENS, pad_token_id=0, eos_token_id=2, **sampling
        )
        texts = tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        for i, text in zip(rows, texts, strict=True):
            answers[i] = text
    return answers


def _prompt(tokenizer: PreTrainedTokenizerBase, chat: Messages) -> str:
    return str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))


def sample_own_answers(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    path: Path,
    excluded: frozenset[str],
    seed: int,
    minutes: float,
    most: int,
) -> None:
    """Write the model's own answers to fresh problems as JSON lines, whole at the end.

    Args:
        model: the solver after round 1.
        tokenizer: its tokenizer.
        path: file to write.
        excluded: held-out problems, which are not asked.
        seed: data seed.
        minutes: stop after this time.
        most: stop after this many answers.
    """
    rng, started = random.Random(f"own answers {seed}"), time.monotonic()
    lines: list[str] = []
    torch.manual_seed(seed)
    model.eval()
    while len(lines) < most and time.monotonic() - started < minutes * 60:
        temperature = _TEMPERATURES[(len(lines) // 512) % len(_TEMPERATURES)]
        problems = [draw_problem(rng, excluded) for _ in range(512)]
        chats = [TINY.solve(p.question, "json" if rng.random() < 0.06 else "boxed") for p in problems]
        solutions = generate(model, tokenizer, chats, temperature)
        lines += [
            json.dumps({"problem": p.to_dict(), "solution": s})
            for p, s in zip(problems, solutions, strict=True)
        ]
    model.train()
    fresh = path.with_suffix(".new")
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fresh.rename(path)


def load_own_answers(path: Path) -> list[OwnAnswer]:
    """Read own answers and label them by program."""
    own = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        problem = TinyProblem.from_dict(record["problem"])
        own.append(OwnAnswer(problem, record["solution"], label(problem, record["solution"])))
    return own
