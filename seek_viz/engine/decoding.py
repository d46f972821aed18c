"""Autoregressive decoding that hands over the hidden state behind every token.

    greedy     x_t = argmax unembed(h(c, x_<t))
    coherent   x_t = argmax unembed(h(c, x_<t) + delta_t)  for t <= L, greedy after L

A `Request` describes a decode; `decode` performs one, `decode_together` those of many runs in one batch.
Decoding is requested by yielding: code that needs decodes is a generator of requests
(`DecodeRoutine`), which `drive` runs alone and `drive_batched` beside others, in shared batches.
With a cache, n new tokens cost n forwards of one token; the prompt's keys and values are computed once
(`prefill`) and copied for each decode. Without (`use_cache=False`, as the released code) each token costs
a forward over the whole text; both give the same tokens. It does not know problems, rewards or latents.
Shapes: B batch, N new tokens, L offset positions, D hidden size, V vocabulary.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from seek_viz.errors import UserError
from seek_viz.model import Cache, Filters, FrozenLM
from seek_viz.model.finite import require_finite

OnToken = Callable[[list[list[int]], list[bool]], None]
"""Called after each token: the new token ids of each row, and whether it has ended. Both go on changing."""
Choose = Callable[[Int[Tensor, "B T"], Float[Tensor, "B V"]], Int[Tensor, " B"]]
"""(tokens so far, logits of the next) -> the next token of each row."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """One decoded continuation."""

    token_ids: tuple[int, ...]
    """New tokens, the stop token included."""
    hidden_ND: Float[Tensor, "N D"]
    """The hidden state that each new token was read from, before any offset."""
    truncated: bool
    """The row's most new tokens were reached before a stop token."""


ROWS_PER_BATCH = 64
"""At 64 one CPU core decodes most tokens a second with the bundled model; at 256 a quarter fewer."""


def greedy(ids_BT: Int[Tensor, "B T"], logits_BV: Float[Tensor, "B V"]) -> Int[Tensor, " B"]:
    """The most probable token."""
    return logits_BV.argmax(-1)


def sampler(temperature: float, generator: torch.Generator) -> Choose:
    """Draws from softmax(logits / temperature).

    Args:
        temperature: above 0; lower is greedier.
        generator: source of randomness, on the CPU, so that a seed means the same on every device.
    """

    def choose(ids_BT: Int[Tensor, "B T"], logits_BV: Float[Tensor, "B V"]) -> Int[Tensor, " B"]:
        probs = torch.softmax(logits_BV.float() / temperature, -1).cpu()
        if not bool(torch.isfinite(probs).all()):
            raise UserError(
                "generation config of the model",
                "settings that leave no token to draw",
                "at least one token at each position",
                "Mend what it suppresses, or let the verifiers be greedy.",
            )
        return torch.multinomial(probs, 1, generator=generator)[:, 0].to(logits_BV.device)

    return choose


def as_configured(lm: FrozenLM, generator: torch.Generator) -> Choose:
    """Sampled or greedy, as the model's own generation config says; its filters go into `Request.filters`."""
    return sampler(1.0, generator) if lm.samples_by_default else greedy


@torch.no_grad()
def prefill(lm: FrozenLM, prompt_ids: Sequence[int]) -> Cache | None:
    """The cache of a prompt without its last token, whose forward yields the first new state.

    Returns:
        None for a model whose cache cannot be used.
    """
    if not lm.abilities.caches:
        return None
    cache = lm.new_cache()
    if len(prompt_ids) > 1:
        lm.last_hidden(torch.tensor([prompt_ids[:-1]], device=lm.device), cache=cache)
    return cache


@dataclass(frozen=True, eq=False)
class Row:
    """One text to be continued."""

    prompt_ids: Sequence[int]
    max_new_tokens: int
    """Most new tokens, at least 1."""
    offset_LD: Float[Tensor, "L D"] | None = None
    """delta, added to the hidden states of the first L new tokens."""


@dataclass(frozen=True, eq=False)
class Request:
    """Rows to be continued together, each until a stop token or its cap."""

    rows: Sequence[Row]
    stop_ids: tuple[int, ...]
    """A row ends after any of these."""
    choose: Choose = greedy
    """Picks the next token from the logits."""
    filters: Filters | None = None
    """Penalties and filters applied to the logits before `choose`."""
    cache: Cache | None = None
    """Keys and values of the beginning of the only row (see `prefill`); it is not changed."""
    use_cache: bool = True
    """False recomputes the whole text for each token."""
    on_token: OnToken | None = None
    """Told how far the rows are."""


def at_intervals(tell: OnToken, seconds: float = 0.1) -> OnToken:
    """Passes on what it is told at most so often: whoever watches reads no faster."""
    told = 0.0

    def on_token(new: list[list[int]], ended: list[bool]) -> None:
        nonlocal told
        if time.perf_counter() - told > seconds:
            told = time.perf_counter()
            tell(new, ended)

    return on_token


T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
DecodeRoutine = Generator[Request, list[Decoded], T]
"""Work that yields requests, is sent their answers, and returns a T."""


def ask(request: Request) -> DecodeRoutine[list[Decoded]]:
    """The smallest routine: one request and its answer."""
    answer = yield request
    return answer


def drive(lm: FrozenLM, routine: DecodeRoutine[T]) -> T:
    """Drive one routine to its end."""
    try:
        request = next(routine)
        while True:
            request = routine.send(decode(lm, request))
    except StopIteration as end:
        return end.value


def drive_batched(
    lm: FrozenLM,
    routines: Mapping[K, DecodeRoutine[T]],
    rows_per_batch: int = ROWS_PER_BATCH,
    on_token: OnToken | None = None,
) -> Iterator[tuple[K, T]]:
    """Drive many routines side by side, so that their decodes share batches.

    Args:
        lm: the model.
        routines: by a key of the caller's.
        rows_per_batch: most rows of one batch.
        on_token: told how far the decodes are, whoever asked for them.

    Yields:
        (key, result) as each of them ends.
    """
    running = dict(routines)
    waiting: dict[K, Request] = {}
    answers: dict[K, list[Decoded]] = {}
    while running:
        for key, routine in list(running.items()):
            try:
                waiting[key] = routine.send(answers.pop(key)) if key in answers else next(routine)
            except StopIteration as end:
                del running[key]
                yield key, end.value
        together = decode_together(lm, list(waiting.values()), rows_per_batch, on_token)
        answers = dict(zip(waiting, together, strict=True))
        waiting = {}


def decode_together(
    lm: FrozenLM,
    requests: Sequence[Request],
    rows_per_batch: int = ROWS_PER_BATCH,
    on_token: OnToken | None = None,
) -> list[list[Decoded]]:
    """Answer many requests, greedy ones in shared batches; their own caches and progress are not used.

    Rows that are alike are decoded once. Padding changes the last bits of a hidden state, so a near-tie
    can fall otherwise than in `decode`.
    """
    answers: dict[int, list[Decoded]] = {}
    shared: dict[tuple[int, ...], dict[Hashable, Row]] = {}
    for index, request in enumerate(requests):
        if request.choose is greedy and request.use_cache and request.filters is None:
            shared.setdefault(request.stop_ids, {}).update((_sort_of(row), row) for row in request.rows)
        else:
            answers[index] = decode(lm, dataclasses.replace(request, on_token=on_token))
    decoded = {
        stop_ids: _in_batches(lm, rows, stop_ids, rows_per_batch, on_token)
        for stop_ids, rows in shared.items()
    }
    for index, request in enumerate(requests):
        if index not in answers:
            answers[index] = [decoded[request.stop_ids][_sort_of(row)] for row in request.rows]
    return [answers[index] for index in range(len(requests))]


def _sort_of(row: Row) -> Hashable:
    """Equal for rows that decode alike; a row with offsets is like itself alone."""
    same = id(row) if row.offset_LD is not None else None
    return tuple(row.prompt_ids), row.max_new_tokens, same


def _in_batches(
    lm: FrozenLM,
    rows: Mapping[Hashable, Row],
    stop_ids: tuple[int, ...],
    rows_per_batch: int,
    on_token: OnToken | None,
) -> dict[Hashable, Decoded]:
    """Decode rows, those of like length in one batch, which keeps padding small."""
    order = sorted(rows, key=lambda sort: len(rows[sort].prompt_ids))
    decoded: dict[Hashable, Decoded] = {}
    for start in range(0, len(order), rows_per_batch):
        batch = order[start : start + rows_per_batch]
        answer = decode(lm, Request([rows[sort] for sort in batch], stop_ids, on_token=on_token))
        decoded |= dict(zip(batch, answer, strict=True))
    return decoded


@torch.no_grad()
def decode(lm: FrozenLM, request: Request) -> list[Decoded]:
    """Continue each row of a request; rows of different length are padded on the left where that is right.

    Returns:
        One `Decoded` a row.

    Raises:
        UserError: the logits of a row that is still written are not finite.
    """
    rows, stop = request.rows, set(request.stop_ids)
    assert request.cache is None or len(rows) == 1, "a prompt cache serves one row"
    if len(rows) > 1 and not _can_share(lm, rows):
        return _one_by_one(lm, request)
    ids_BT, mask_BT = _padded([row.prompt_ids for row in rows], lm.device)
    padded = bool((mask_BT == 0).any())
    offset_BLD = _offsets(rows, lm.device)
    cache, known = None, 0
    if request.use_cache and lm.abilities.caches:
        cache = lm.copied(request.cache) if request.cache is not None else lm.new_cache()
        known = cache.num_read
    batch = list(range(len(rows)))  # which row each row of the batch is; ended rows leave it
    new: list[list[int]] = [[] for _ in rows]
    hidden: list[list[Tensor]] = [[] for _ in rows]
    ended = [False for _ in rows]
    for t in range(max(row.max_new_tokens for row in rows)):
        if cache is not None and _crosses(lm, known, ids_BT.shape[1]):
            cache, known = lm.new_cache(), 0
        mask = mask_BT if padded else None
        state_BD = lm.last_hidden(ids_BT[:, known:], cache=cache, mask_BS=mask)[:, -1]
        read_BD = state_BD + offset_BLD[:, t].to(state_BD) if t < offset_BLD.shape[1] else state_BD
        logits_BV = lm.unembed(read_BD)
        going = [at for at, row in enumerate(batch) if not ended[row]]
        live_BV = logits_BV if len(going) == len(batch) else logits_BV[going]
        require_finite(lm.model, live_BV, f"logits of new token {t + 1}")
        if request.filters:
            logits_BV = request.filters([(rows[row].prompt_ids, new[row]) for row in batch], logits_BV)
        next_B = request.choose(ids_BT, logits_BV).to(lm.device)
        for at, (row, token) in enumerate(zip(batch, next_B.tolist(), strict=True)):
            if not ended[row]:
                new[row].append(token)
                hidden[row].append(state_BD[at])
                ended[row] = token in stop or len(new[row]) >= rows[row].max_new_tokens
        if request.on_token:
            request.on_token(new, ended)
        going = [at for at, row in enumerate(batch) if not ended[row]]
        if not going:
            break
        known = ids_BT.shape[1] if cache is not None else 0
        ids_BT = torch.cat([ids_BT, next_B[:, None]], 1)
        mask_BT = torch.cat([mask_BT, mask_BT.new_ones(len(batch), 1)], 1)
        # Dropping rows copies the cache, so not for each; but none is read on beyond the context.
        full = len(going) < len(batch) and ids_BT.shape[1] >= lm.max_positions
        if full or len(going) <= 0.75 * len(batch):
            keep = torch.tensor(going, device=lm.device)
            ids_BT, mask_BT, offset_BLD = ids_BT[keep], mask_BT[keep], offset_BLD[keep]
            batch = [batch[at] for at in going]
            if cache is not None:
                cache.batch_select_indices(keep)
    return [
        Decoded(tuple(ids), torch.stack(states), truncated=ids[-1] not in stop)
        for ids, states in zip(new, hidden, strict=True)
    ]


def _can_share(lm: FrozenLM, rows: Sequence[Row]) -> bool:
    """Whether each row of one batch is read as it would be alone."""
    longest = max(len(row.prompt_ids) + row.max_new_tokens for row in rows)
    return lm.abilities.batches and (lm.rope_switch is None or longest <= lm.rope_switch)


def _crosses(lm: FrozenLM, known: int, length: int) -> bool:
    """Whether the rope's table changes between what was cached and what is read now."""
    return lm.rope_switch is not None and 0 < known <= lm.rope_switch < length


def _one_by_one(lm: FrozenLM, request: Request) -> list[Decoded]:
    """The rows of a request one after another; who watches sees all of them."""
    decoded: list[Decoded] = []
    new: list[list[int]] = [[] for _ in request.rows]
    ended = [False for _ in request.rows]

    def tell(new_of_one: list[list[int]], ended_of_one: list[bool]) -> None:
        new[len(decoded)], ended[len(decoded)] = new_of_one[0], ended_of_one[0]
        if request.on_token:
            request.on_token(new, ended)

    for row in request.rows:
        decoded += decode(lm, dataclasses.replace(request, rows=[row], on_token=tell))
    return decoded


def _padded(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    width = max(len(prompt) for prompt in prompts)
    ids = torch.zeros(len(prompts), width, dtype=torch.long)
    mask = torch.zeros(len(prompts), width, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids.to(device), mask.to(device)


def _offsets(rows: Sequence[Row], device: torch.device) -> Tensor:
    """The rows' offsets in one tensor, 0 where a row has none."""
    given = [row.offset_LD for row in rows if row.offset_LD is not None]
    if not given:
        return torch.zeros(len(rows), 0, 0, device=device)
    offset_BLD = given[0].new_zeros(len(rows), max(len(o) for o in given), given[0].shape[-1])
    for at, row in enumerate(rows):
        if row.offset_LD is not None:
            offset_BLD[at, : len(row.offset_LD)] = row.offset_LD
    return offset_BLD
