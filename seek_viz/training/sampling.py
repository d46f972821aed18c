"""Batched answers of a model: its own right and wrong solutions, and its replies as a judge.

Sorting by prompt length keeps padding small; the right answers are decided by program (`labels`).
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import DynamicCache, PreTrainedTokenizerBase, Qwen2ForCausalLM

from seek_viz.model.cache import cache_keyword
from seek_viz.problems.grammar import TinyProblem
from seek_viz.problems.labels import label
from seek_viz.settings.prompts import TINY, Messages
from seek_viz.training.examples import OwnAnswer, draw_problem

ASKED_TOGETHER = 512
"""Problems of a batch; the held-out sets are checked against them (`seen.py`)."""
MAX_NEW_TOKENS = 224
"""Longest answer; the longest training answer has about 200 tokens."""


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
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        token_ids = _decode(model, tokenizer, [prompts[i] for i in rows], temperature)
        for i, text in zip(rows, tokenizer.batch_decode(token_ids, skip_special_tokens=True), strict=True):
            answers[i] = text
    return answers


@torch.inference_mode()
def _decode(
    model: Qwen2ForCausalLM, tokenizer: PreTrainedTokenizerBase, prompts: list[str], temperature: float
) -> list[list[int]]:
    """Decode a batch; rows that have ended leave it, which `model.generate` does not do (3 times faster)."""
    inputs = tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left").to(model.device)
    mask, step_ids = inputs["attention_mask"], inputs["input_ids"]
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    cache, alive = DynamicCache(config=model.config), torch.arange(len(prompts), device=model.device)
    keyword = cache_keyword(model)
    decoded: list[list[int]] = [[] for _ in prompts]
    end = model.config.eos_token_id
    assert isinstance(end, int), "the bundled model has one end token"
    for _ in range(MAX_NEW_TOKENS):
        output = model(
            input_ids=step_ids,
            attention_mask=mask,
            position_ids=positions,
            logits_to_keep=1,
            **{keyword: cache},
        )
        tokens = _next_tokens(output.logits[:, -1].float(), temperature)
        for row, token in zip(alive.tolist(), tokens.tolist(), strict=True):
            decoded[row].append(token)
        going = tokens.ne(end).nonzero()[:, 0]
        if not len(going):
            break
        if len(going) < len(tokens):
            cache.batch_select_indices(going)
            alive, tokens, mask, positions = alive[going], tokens[going], mask[going], positions[going]
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
        step_ids, positions = tokens[:, None], positions[:, -1:] + 1
    return decoded


def _next_tokens(logits_BV: torch.Tensor, temperature: float) -> torch.Tensor:
    if not temperature:
        return logits_BV.argmax(-1)
    return torch.multinomial((logits_BV / temperature).softmax(-1), 1)[:, 0]


def _prompt(tokenizer: PreTrainedTokenizerBase, chat: Messages) -> str:
    return str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))


def sample_own_answers(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    path: Path,
    excluded: frozenset[str],
    seed: int,
    count: int,
    temperatures: Sequence[float],
) -> None:
    """Write the model's own answers to fresh problems as JSON lines, whole at the end.

    Args:
        model: the solver as it is.
        tokenizer: its tokenizer.
        path: file to write.
        excluded: held-out problems, which are not asked.
        seed: data seed.
        count: how many, rounded up to whole batches.
        temperatures: one for each batch, in turn.
    """
    rng = random.Random(f"own answers {seed}")
    lines: list[str] = []
    torch.manual_seed(seed)
    model.eval()
    while len(lines) < count:
        temperature = temperatures[(len(lines) // ASKED_TOGETHER) % len(temperatures)]
        problems = [draw_problem(rng, excluded) for _ in range(ASKED_TOGETHER)]
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
