"""Batches of training examples, drawn without end by worker processes.

Rows are padded on the right to a bucket length and every batch of a bucket has the same shape, so
that a compiled model meets few shapes. Loss falls on the answer alone (labels are IGNORED elsewhere).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from transformers import PreTrainedTokenizerBase

from seek_viz.settings.prompts import Messages
from seek_viz.training.examples import Mix, OwnAnswer, draw_example

BUCKETS = (96, 128, 160, 192, 224, 256, 288, 320, 384, 448, 512)
"""Padded lengths in tokens; the rare longer example is left out."""
IGNORED = -100
POOL = 1024
"""Examples drawn from one seed."""


@dataclass(frozen=True)
class Stream:
    """Everything that determines the examples of a round."""

    seed: int
    round_number: int
    mix: Mix
    tokens_per_batch: int
    excluded: frozenset[str]
    first_pool: int = 0
    """Where to go on after a pause."""


class ExampleBatches(IterableDataset):
    """Endless (input_ids, labels, pool number) batches; shapes (rows, length), int64."""

    def __init__(
        self, stream: Stream, tokenizer: PreTrainedTokenizerBase, own: list[OwnAnswer] | None
    ) -> None:
        self.stream, self.tokenizer, self.own = stream, tokenizer, own

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor, int]]:
        worker = get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker else (0, 1)
        waiting: dict[int, list[tuple[list[int], list[int]]]] = {bucket: [] for bucket in BUCKETS}
        pool = self.stream.first_pool * count + number
        while True:
            rng = random.Random(f"train {self.stream.seed} round {self.stream.round_number} pool {pool}")
            stream = self.stream
            drawn = [draw_example(rng, stream.mix, stream.excluded, self.own) for _ in range(POOL)]
            for row in encode(self.tokenizer, drawn):
                bucket = next((length for length in BUCKETS if length >= len(row[0])), None)
                if bucket:
                    waiting[bucket].append(row)
            ready = list(_full_batches(waiting, stream.tokens_per_batch))
            rng.shuffle(ready)
            for input_ids, labels in ready:
                yield input_ids, labels, pool // count
            pool += count


def encode(
    tokenizer: PreTrainedTokenizerBase, examples: list[tuple[Messages, str]]
) -> list[tuple[list[int], list[int]]]:
    """Token ids and labels of each example; the label of a position is its own token, unshifted."""
    chats = [messages for messages, _ in examples]
    prompts = tokenizer.apply_chat_template(chats, tokenize=False, add_generation_prompt=True)
    prompt_ids = tokenizer(prompts)["input_ids"]
    answer_ids = tokenizer([answer + tokenizer.eos_token for _, answer in examples])["input_ids"]
    return [(p + a, [IGNORED] * len(p) + a) for p, a in zip(prompt_ids, answer_ids, strict=True)]


def loader(
    stream: Stream, tokenizer: PreTrainedTokenizerBase, own: list[OwnAnswer] | None, num_workers: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, int]]:
    """Batches from worker processes."""
    batches = ExampleBatches(stream, tokenizer, own)
    return iter(DataLoader(batches, batch_size=None, num_workers=num_workers, prefetch_factor=16))


def _full_batches(
    waiting: dict[int, list[tuple[list[int], list[int]]]], tokens: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for length, rows in waiting.items():
        size = tokens // length
        while len(rows) >= size:
            batch, rows[:] = rows[:size], rows[size:]
            ids = torch.zeros(size, length, dtype=torch.long)
            labels = torch.full((size, length), IGNORED)
            for i, (row_ids, row_labels) in enumerate(batch):
                ids[i, : len(row_ids)] = torch.tensor(row_ids)
                labels[i, : len(row_ids)] = torch.tensor(row_labels)
            yield ids, labels
