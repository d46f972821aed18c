"""Autoregressive decoding that hands over the hidden state behind every token.

    greedy     x_t = argmax unembed(h(c, x_<t))
    coherent   x_t = argmax unembed(h(c, x_<t) + delta_t)  for t <= L, greedy after L

With a cache, n new tokens cost n forwards of one token; the prompt's keys and values are computed once
(`prefill`) and copied for each decode. Without (`use_cache=False`, as the released code) each token costs
a forward over the whole text; both give the same tokens. It does not know problems, rewards or latents.
Shapes: B batch, N new tokens, L offset positions, D hidden size, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from seek_viz.model import Cache, FrozenLM

OnToken = Callable[[list[int]], None]
"""Called with the new token ids of the first row after each token."""
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
    """The token cap was reached before a stop token."""


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
        return torch.multinomial(probs, 1, generator=generator)[:, 0].to(logits_BV.device)

    return choose


def as_configured(lm: FrozenLM, generator: torch.Generator) -> Choose:
    """What the model's own generation config asks for: its penalties and filters, sampled or greedy."""
    filters = lm.sampling_filters()
    pick = sampler(1.0, generator) if lm.samples_by_default else greedy

    def choose(ids_BT: Int[Tensor, "B T"], logits_BV: Float[Tensor, "B V"]) -> Int[Tensor, " B"]:
        return pick(ids_BT, filters(ids_BT, logits_BV.float()) if filters else logits_BV)

    return choose


@torch.no_grad()
def prefill(lm: FrozenLM, prompt_ids: Sequence[int]) -> Cache:
    """Keys and values of a prompt but for its last token, whose forward yields the first new state."""
    cache = lm.new_cache()
    if len(prompt_ids) > 1:
        lm.last_hidden(torch.tensor([prompt_ids[:-1]], device=lm.device), cache=cache)
    return cache


@torch.no_grad()
def decode(
    lm: FrozenLM,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    stop_ids: Collection[int],
    choose: Choose = greedy,
    offset_LD: Float[Tensor, "L D"] | None = None,
    cache: Cache | None = None,
    use_cache: bool = True,
    on_token: OnToken | None = None,
) -> list[Decoded]:
    """Continue each prompt until a stop token or the cap.

    Args:
        lm: the model.
        prompts: token ids of each row; rows of different length are padded on the left.
        max_new_tokens: most new tokens of a row.
        stop_ids: a row ends after any of these.
        choose: how a token is picked from logits.
        offset_LD: delta, added to the hidden states of the first L new tokens of every row.
        cache: keys and values of the beginning of the only row (see `prefill`); it is not changed.
        use_cache: False recomputes the whole text for each token.
        on_token: progress of the first row.

    Returns:
        One `Decoded` a row.
    """
    assert cache is None or len(prompts) == 1, "a prompt cache serves one row"
    ids_BT, mask_BT = _padded(prompts, lm.device)
    known = 0
    if use_cache:
        cache = lm.copied(cache) if cache is not None else lm.new_cache()
        known = cache.get_seq_length()
    mask = mask_BT if bool((mask_BT == 0).any()) else None
    stop = torch.tensor(sorted(stop_ids), device=lm.device)
    ended_B = torch.zeros(len(prompts), dtype=torch.bool, device=lm.device)
    new: list[Tensor] = []
    hidden: list[Tensor] = []
    for t in range(max_new_tokens):
        state = lm.last_hidden(ids_BT[:, known:], cache=cache if use_cache else None, mask_BS=mask)[:, -1]
        hidden.append(state)
        if offset_LD is not None and t < len(offset_LD):
            state = state + offset_LD[t].to(state)
        next_B = choose(ids_BT, lm.unembed(state)).to(lm.device)
        new.append(next_B)
        known = ids_BT.shape[1] if use_cache else 0
        ids_BT = torch.cat([ids_BT, next_B[:, None]], 1)
        if mask is not None:
            mask = torch.cat([mask, mask.new_ones(len(prompts), 1)], 1)
        if on_token and not ended_B[0]:
            on_token(ids_BT[0, -len(new) :].tolist())
        ended_B |= torch.isin(next_B, stop)
        if bool(ended_B.all()):
            break
    return _rows(new, hidden, set(stop_ids))


def _padded(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    width = max(len(prompt) for prompt in prompts)
    ids = torch.zeros(len(prompts), width, dtype=torch.long)
    mask = torch.zeros(len(prompts), width, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids.to(device), mask.to(device)


def _rows(new: list[Tensor], hidden: list[Tensor], stop_ids: set[int]) -> list[Decoded]:
    """Cut each row after its first stop token."""
    rows_BN = torch.stack(new, 1).tolist()
    hidden_BND = torch.stack(hidden, 1)
    decoded = []
    for row, hidden_ND in zip(rows_BN, hidden_BND, strict=True):
        ends = [t for t, token in enumerate(row) if token in stop_ids]
        length = ends[0] + 1 if ends else len(row)
        decoded.append(Decoded(tuple(row[:length]), hidden_ND[:length].clone(), truncated=not ends))
    return decoded
