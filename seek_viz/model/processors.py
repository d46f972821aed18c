"""Logits processors of a generation config, applied before a token is picked as in transformers' `generate`.

Every text is given as it is, without padding: a penalty or an n-gram counts its tokens alone.
Shapes: B batch, V vocabulary.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from transformers.generation import logits_process as of

from seek_viz.errors import UserError

Text = tuple[Sequence[int], Sequence[int]]
"""(prompt's tokens, new tokens) of one row."""

NOT_HONOURED: dict[str, Any] = {
    "num_beams": 1,
    "num_beam_groups": 1,
    "diversity_penalty": 0.0,
    "penalty_alpha": 0.0,
    "guidance_scale": 1.0,
    "watermarking_config": None,
    "stop_strings": None,
    "forced_eos_token_id": None,
    "constraints": None,
    "force_words_ids": None,
    "prompt_lookup_num_tokens": None,
    "dola_layers": None,
    "token_healing": False,
    "max_time": None,
}
"""Settings of a generation config that are not followed here, and the value that asks for nothing."""


@dataclass(frozen=True, eq=False)
class Filters:
    """The penalties and filters of one generation config."""

    config: Any
    eos_ids: tuple[int, ...]
    device: torch.device

    def __call__(self, texts: Sequence[Text], logits_BV: Float[Tensor, "B V"]) -> Float[Tensor, "B V"]:
        """The logits of each row's next token, penalised and filtered."""
        rows = []
        for (prompt, new), logits_V in zip(texts, logits_BV.float(), strict=True):
            ids: Any = torch.tensor([[*prompt, *new]], dtype=torch.long, device=logits_BV.device)
            rows.append(self._processors(tuple(prompt))(ids, logits_V[None].clone()))
        return torch.cat(rows)

    @functools.lru_cache(maxsize=64)  # noqa: B019 - there is one of these for each model in memory
    def _processors(self, prompt: tuple[int, ...]) -> of.LogitsProcessorList:
        made = [*self._penalties(prompt), *(self._warpers() if self.config.do_sample else ())]
        if _asked(self.config, "renormalize_logits"):
            made.append(of.LogitNormalization())
        return of.LogitsProcessorList(made)

    def _penalties(self, prompt: tuple[int, ...]) -> Iterator[Any]:
        """In the order of `generate`; the numbers are checked by the processors themselves."""
        asked = functools.partial(_asked, self.config)
        begin, device = len(prompt), str(self.device)
        ends = torch.tensor(self.eos_ids, dtype=torch.long, device=device)
        encoded: Any = torch.tensor([prompt], dtype=torch.long, device=device)
        if value := asked("sequence_bias"):
            yield of.SequenceBiasLogitsProcessor(value)
        if (value := asked("encoder_repetition_penalty", 1.0)) is not None:
            yield of.EncoderRepetitionPenaltyLogitsProcessor(value, encoded)
        if (value := asked("repetition_penalty", 1.0)) is not None:
            yield of.RepetitionPenaltyLogitsProcessor(value)
        if value := asked("no_repeat_ngram_size"):
            yield of.NoRepeatNGramLogitsProcessor(value)
        if value := asked("encoder_no_repeat_ngram_size"):
            yield of.EncoderNoRepeatNGramLogitsProcessor(value, encoded)
        if value := asked("bad_words_ids"):
            yield of.NoBadWordsLogitsProcessor(value, ends if len(ends) else None)
        if len(ends) and (value := asked("min_length")):
            yield of.MinLengthLogitsProcessor(value, ends, device=device)
        if len(ends) and (value := asked("min_new_tokens")):
            yield of.MinNewTokensLengthLogitsProcessor(begin, value, ends, device=device)
        if (value := asked("forced_bos_token_id")) is not None:
            yield of.ForcedBOSTokenLogitsProcessor(value)
        if asked("remove_invalid_values"):
            yield of.InfNanRemoveLogitsProcessor()
        if len(ends) and (value := asked("exponential_decay_length_penalty")):
            yield of.ExponentialDecayLengthPenalty(tuple(value), ends, begin)
        if value := asked("suppress_tokens"):
            yield of.SuppressTokensLogitsProcessor(value, device=device)
        if value := asked("begin_suppress_tokens"):
            waits = begin == 1 and asked("forced_bos_token_id") is not None
            yield of.SuppressTokensAtBeginLogitsProcessor(value, begin + waits, device=device)

    def _warpers(self) -> Iterator[Any]:
        """The processors that shape the sampling distribution."""
        asked = functools.partial(_asked, self.config)
        if (value := asked("temperature", 1.0)) is not None:
            yield of.TemperatureLogitsWarper(value)
        if (value := asked("top_h")) is not None:
            yield of.TopHLogitsWarper(value)
        if value := asked("top_k"):
            yield of.TopKLogitsWarper(value)
        if (value := asked("top_p", 1.0)) is not None:
            yield of.TopPLogitsWarper(value)
        if (value := asked("min_p")) is not None:
            yield of.MinPLogitsWarper(value)
        if (value := asked("typical_p", 1.0)) is not None:
            yield of.TypicalLogitsWarper(value)
        if value := asked("epsilon_cutoff"):
            yield of.EpsilonLogitsWarper(value)
        if value := asked("eta_cutoff"):
            yield of.EtaLogitsWarper(value, device=str(self.device))


def filters_of(model: Any, eos_ids: tuple[int, ...]) -> Filters | None:
    """The filters that a model's generation config asks for; None where it asks for none.

    Args:
        model: a causal language model.
        eos_ids: ids that end an answer, which length limits keep away.

    Raises:
        UserError: a setting has a value that cannot be followed.
    """
    filters = Filters(model.generation_config, eos_ids, model.device)
    vocabulary = model.get_output_embeddings().weight.shape[0]
    try:
        if not filters._processors((0,)):
            return None
        filters([((0,), ())], torch.zeros(1, vocabulary, device=model.device))
    except Exception as error:  # each processor refuses in its own way
        raise UserError(
            "generation config",
            str(error).splitlines()[0] if str(error) else type(error).__name__,
            "settings that transformers' generate accepts",
            "Correct generation_config.json in the model's folder.",
        ) from error
    return filters


def not_honoured(config: Any) -> list[str]:
    """The settings of a generation config that ask for something and are not followed here."""
    return [name for name, nothing in NOT_HONOURED.items() if _asked(config, name, nothing) is not None]


def _asked(config: Any, name: str, nothing: Any = None) -> Any:
    """A setting's value; None where it is not there or asks for nothing."""
    value = getattr(config, name, None)
    return None if value is None or value is False or value == nothing else value
