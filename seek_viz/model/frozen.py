"""FrozenLM: a causal language model whose weights never change, seen through two maps.

    h_t     = last_hidden(x_1..x_t)        the last layer's output after the final norm
    logits  = unembed(h)                   lm_head, then whatever scaling or soft-capping the family applies

This folder is the only place that knows transformers. It does not know decoding, rewards or LatentSeek.
Shapes: B batch, T tokens, D hidden size, V vocabulary.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import DynamicCache
from transformers.generation import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from seek_viz.errors import UserError
from seek_viz.model.cache import cache_keyword, roomy_cache
from seek_viz.model.loading import eos_ids, load_checkpoint, revision_of
from seek_viz.prompts import Messages
from seek_viz.registry import ModelEntry, model_entry
from seek_viz.trace import ModelIdentity

Cache = DynamicCache
"""Keys and values of the tokens read so far."""


class FrozenLM:
    """A causal LM in evaluation mode whose parameters ask for no gradient.

    Attributes:
        identity: what a trace says of it.
        prompts: the prompt set of its entry.
        preset: its entry's changes to the default settings.
        eos_ids: ids that end an answer, from the generation config (there can be several).
        max_positions: most tokens it can read.
    """

    def __init__(self, model: Any, tokenizer: Any, entry: ModelEntry, revision: str = "unknown") -> None:
        """Freeze `model` and check that `unembed` agrees with its own logits.

        Raises:
            UserError: the two disagree, so latents could not be read (an unknown architecture).
        """
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.prompts, self.preset = entry.prompts, entry.preset
        # A composite config (vision and text) keeps the language model's numbers one level down.
        self._text_config = model.config.get_text_config()
        self._cache_keyword = cache_keyword(model.base_model)
        self.eos_ids = eos_ids(model, tokenizer)
        self.max_positions = int(getattr(self._text_config, "max_position_embeddings", None) or 1 << 20)
        self.identity = ModelIdentity(
            name=entry.name,
            revision=revision,
            architecture=type(model).__name__,
            num_parameters=sum(p.numel() for p in model.parameters()),
            hidden_size=self._text_config.hidden_size,
            vocab_size=self._text_config.vocab_size,
            dtype=str(model.dtype).removeprefix("torch."),
            device=str(model.device),
            source=entry.given,
        )
        self._check_unembed()

    @classmethod
    def load(
        cls,
        name: str = "tiny",
        *,
        dtype: str | None = None,
        device: str | None = None,
        device_map: str | None = None,
        revision: str | None = None,
    ) -> FrozenLM:
        """Load a bundled entry, a Hub id, or a local folder; safetensors only, no remote code.

        Args:
            name: "tiny", a Hub id such as "Qwen/Qwen2.5-1.5B-Instruct", or a folder.
            dtype: "float32", "bfloat16" or "float16"; None takes float32 on CPU, else the stored one.
            device: "cpu", "cuda", "mps"; None takes CUDA where there is one, else CPU.
            device_map: passed to accelerate ("auto" spreads a large model); excludes `device`.
            revision: commit, branch or tag on the Hub.

        Raises:
            UserError: not found, not a causal language model, or not loadable; the message says which.
        """
        entry = model_entry(name)
        model, tokenizer = load_checkpoint(entry, dtype, device, device_map, revision)
        return cls(model, tokenizer, entry, revision=revision_of(entry, model))

    @property
    def device(self) -> torch.device:
        """Where inputs go."""
        return self.model.device

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights, and so of the hidden states."""
        return self.model.dtype

    # --- text <-> tokens ------------------------------------------------------------------------

    def render(self, messages: Messages) -> str:
        """The prompt text of a chat; without a chat template, the contents joined by blank lines."""
        if self.tokenizer.chat_template:
            return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return "\n\n".join(message["content"] for message in messages) + "\n\n"

    def encode(self, prompt: str) -> list[int]:
        """Token ids of a rendered prompt; special tokens are added only where the template has none."""
        return self.tokenizer(prompt, add_special_tokens=not self.tokenizer.chat_template).input_ids

    def text(self, token_ids: Sequence[int], keep_special: bool = False) -> str:
        """The decoded text."""
        return self.tokenizer.decode(
            list(token_ids), skip_special_tokens=not keep_special, clean_up_tokenization_spaces=False
        )

    def pieces(self, token_ids: Sequence[int]) -> list[str]:
        """The text of each token, such that they join to the decoded text, special tokens kept.

        A character whose bytes are spread over several tokens belongs to the last of them.
        """
        whole = self.text(token_ids, keep_special=True)
        pieces = [self.text([i], keep_special=True) for i in token_ids]
        if "".join(pieces) == whole:
            return pieces
        pieces, shown = [], 0
        for end in range(1, len(token_ids) + 1):
            text = self.text(token_ids[:end], keep_special=True)
            complete = text if end == len(token_ids) else text.rstrip("\ufffd")
            pieces.append(complete[shown:])
            shown = max(shown, len(complete))
        return pieces

    @property
    def eos_token(self) -> str:
        """The tokenizer's end token; empty where it has none."""
        return self.tokenizer.eos_token or ""

    def token_ids_of(self, words: Sequence[str]) -> tuple[int, ...]:
        """Ids of those words that are tokens of the vocabulary."""
        vocabulary = self.tokenizer.get_vocab()
        return tuple(sorted({vocabulary[word] for word in words if word in vocabulary}))

    def token_of(self, text: str) -> int | None:
        """The id of a text that is one token, else None."""
        ids = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids[0] if len(ids) == 1 else None

    # --- tokens -> hidden states -> logits --------------------------------------------------------

    def last_hidden(
        self,
        ids_BT: Int[Tensor, "B T"],
        *,
        cache: Cache | None = None,
        mask_BS: Int[Tensor, "B S"] | None = None,
    ) -> Float[Tensor, "B T D"]:
        """Last-layer, post-norm hidden states of the given tokens.

        Args:
            ids_BT: the new tokens.
            cache: keys and values of the tokens before them; extended in place. None reads afresh.
            mask_BS: 1 for tokens, 0 for left padding, over cached and new tokens together.
        """
        positions = None
        if mask_BS is not None:
            positions = (mask_BS.cumsum(-1) - 1).clamp(min=0)[:, -ids_BT.shape[1] :]
        output = self.model.base_model(
            input_ids=ids_BT,
            attention_mask=mask_BS,
            position_ids=positions,
            use_cache=cache is not None,
            **{self._cache_keyword: cache},
        )
        return output.last_hidden_state

    def unembed(self, h: Float[Tensor, "*shape D"]) -> Float[Tensor, "*shape V"]:
        """Logits of hidden states, differentiable in `h`: lm_head and the family's scaling after it."""
        head, config = self.model.get_output_embeddings(), self._text_config
        logits = head(h.to(head.weight.device))
        if scale := getattr(config, "logit_scale", None):  # Cohere
            logits = logits * scale
        if divisor := getattr(config, "logits_scaling", None):  # Granite
            logits = logits / divisor
        if cap := getattr(config, "final_logit_softcapping", None):  # Gemma 2 and later
            logits = torch.tanh(logits / cap) * cap
        return logits

    def new_cache(self) -> Cache:
        """An empty key-value cache."""
        return roomy_cache(self.model.config)

    @staticmethod
    def copied(cache: Cache) -> Cache:
        """A copy that can be extended without touching the original."""
        return copy.deepcopy(cache)

    def sampling_filters(self) -> Callable[[Tensor, Tensor], Tensor] | None:
        """The generation config's penalties and filters as (ids_BT, logits_BV) -> logits_BV.

        None where the config samples nothing and penalises nothing. Whether the result is drawn from
        or maximised is `samples_by_default`.
        """
        config = self.model.generation_config
        filters = LogitsProcessorList()
        if (config.repetition_penalty or 1.0) != 1.0:
            filters.append(RepetitionPenaltyLogitsProcessor(config.repetition_penalty))
        if config.do_sample:
            if (config.temperature or 1.0) != 1.0:
                filters.append(TemperatureLogitsWarper(config.temperature))
            if config.top_k:
                filters.append(TopKLogitsWarper(config.top_k))
            if (config.top_p or 1.0) < 1.0:
                filters.append(TopPLogitsWarper(config.top_p))
        return filters if filters else None  # type: ignore[return-value]

    @property
    def samples_by_default(self) -> bool:
        """Whether the generation config asks for sampling."""
        return bool(self.model.generation_config.do_sample)

    @torch.no_grad()
    def _check_unembed(self) -> None:
        ids = torch.tensor([[self.eos_ids[0] if self.eos_ids else 0]], device=self.device)
        try:
            ours = self.unembed(self.last_hidden(ids)).float()
            theirs = self.model(input_ids=ids).logits.float()
            agree = ours.shape == theirs.shape and torch.allclose(
                ours, theirs.to(ours.device), rtol=1e-2, atol=1e-2
            )
        except (AttributeError, TypeError, ValueError):
            agree = False
        if not agree:
            raise UserError(
                "architecture",
                type(self.model).__name__,
                "a decoder-only causal language model whose lm_head reads the last hidden state",
                "Choose a Qwen2, Qwen3, Llama or Mistral model, or one built like them.",
            )
