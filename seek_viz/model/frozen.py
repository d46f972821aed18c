"""FrozenLM: a causal language model whose weights never change, seen through two maps.

    h_t     = last_hidden(x_1..x_t)        the last layer's output after the final norm
    logits  = unembed(h)                   lm_head, then whatever scaling or soft-capping the family applies

This folder is the only place that knows transformers. It does not know decoding, rewards or LatentSeek.
Shapes: B batch, T tokens, D hidden size, V vocabulary.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from seek_viz.errors import UserError
from seek_viz.model.abilities import Abilities, probe, tried
from seek_viz.model.cache import RoomyCache, cache_keyword
from seek_viz.model.chat import Chat
from seek_viz.model.finite import require_finite
from seek_viz.model.loading import eos_ids, load_checkpoint, max_positions, revision_of, rope_switch
from seek_viz.model.processors import Filters, filters_of, not_honoured
from seek_viz.record import ModelIdentity
from seek_viz.record.tokens import REPLACEMENT, bytes_shown
from seek_viz.settings.prompts import Messages
from seek_viz.settings.registry import ModelEntry, model_entry

Cache = RoomyCache
"""Keys and values, or recurrent states, of the tokens read so far."""


class FrozenLM:
    """A causal LM in evaluation mode whose parameters ask for no gradient.

    Attributes:
        identity: what a trace says of it.
        prompts: the prompt set of its entry.
        preset: its entry's changes to the default settings.
        eos_ids: ids that end an answer, of the generation config and the tokenizer (there can be several).
        max_positions: most tokens it can read.
        rope_switch: the length past which its rope has another table, so that what was cached before no
            longer fits and is read anew (Phi-3's longrope, as its `generate` does); None for most models.
        abilities: what it can do with caches and padding.
        notes: what a user should know of this model, in sentences.
    """

    def __init__(self, model: Any, tokenizer: Any, entry: ModelEntry, revision: str = "unknown") -> None:
        """Freeze `model` and check that `unembed` agrees with its own logits.

        Raises:
            UserError: the two disagree, so latents could not be read (an unknown architecture); its numbers
                are not finite; its chat template or generation config cannot be followed.
        """
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.prompts, self.preset = entry.prompts, entry.preset
        # A composite config (vision and text) keeps the language model's numbers one level down.
        self._text_config = model.config.get_text_config()
        # Some classes state no usable name of their decoder (Llama 4), and are then taken for it themselves.
        self._decoder = model.base_model if model.base_model is not model else getattr(model, "model", model)
        self._cache_keyword = cache_keyword(self._decoder)
        self.eos_ids = eos_ids(model, tokenizer)
        self.max_positions = max_positions(self._text_config)
        self.rope_switch = rope_switch(self._text_config)
        self.chat = Chat.of(tokenizer)
        self.identity = ModelIdentity(
            name=entry.name,
            revision=revision,
            architecture=type(model).__name__,
            num_parameters=sum(p.numel() for p in model.parameters()),
            hidden_size=self._text_config.hidden_size,
            vocab_size=self._text_config.vocab_size,
            dtype=str(model.dtype).removeprefix("torch."),
            device=str(model.device),
            max_positions=self.max_positions,
            source=entry.given,
        )
        self.abilities = Abilities()
        self._check_unembed()
        self.abilities = tried(self)
        if not self.abilities.causal:
            raise self._unknown_architecture("its hidden states depend on later tokens")
        self._filters = filters_of(model, self.eos_ids)
        self.notes = tuple(self._notes())

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
        lm = cls(model, tokenizer, entry, revision=revision_of(entry, model))
        for note in lm.notes:
            warnings.warn(f"{entry.name}: {note}", stacklevel=2)
        return lm

    @property
    def device(self) -> torch.device:
        """Where inputs go."""
        return self.model.device

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights, and so of the hidden states."""
        return self.model.dtype

    # --- text <-> tokens ------------------------------------------------------------------------

    def render(self, messages: Messages, thinking: bool = False) -> str:
        """The prompt text of a chat (see `Chat.render`)."""
        return self.chat.render(messages, thinking)

    def encode(self, prompt: str, messages: Messages | None = None) -> list[int]:
        """Token ids of a rendered prompt (see `Chat.encode`)."""
        return self.chat.encode(prompt, messages)

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
        # Each token beside the one before it, so that a long text is not decoded anew for each of its tokens;
        # where a tokenizer needs more than that, beside all before it.
        near = self._pieces_in_context(token_ids, restart=True)
        return near if "".join(near) == whole else self._pieces_in_context(token_ids, restart=False)

    def _pieces_in_context(self, token_ids: Sequence[int], restart: bool) -> list[str]:
        """The text that each token adds to the text before it, such as a space or a completed character."""
        pieces, context, first, shown = [], 0, 0, 0
        for end in range(1, len(token_ids) + 1):
            before = len(self.text(token_ids[context:first], keep_special=True))
            text = self.text(token_ids[context:end], keep_special=True)[before:]
            complete = text if end == len(token_ids) else text.rstrip(REPLACEMENT)
            pieces.append(complete[shown:])
            shown = max(shown, len(complete))
            if restart and complete == text:
                context, first, shown = first, end, 0
        return pieces

    def name(self, token_id: int) -> str:
        """The text of a token by itself; bytes that are no whole character as ⟨F0 9F⟩.

        They are known of byte-level and byte-fallback vocabularies; of others the text is what `text` gives.
        """
        text = self.text([token_id], keep_special=True)
        if REPLACEMENT not in text:
            return text
        raw = _bytes_of(self.tokenizer.convert_ids_to_tokens(token_id))
        return text if raw is None or raw.decode("utf-8", "replace") != text else bytes_shown(raw)

    def byte_parts(self, token_ids: Sequence[int]) -> tuple[str, ...]:
        """The name of each token that holds part of a character, "" for the others; empty without any."""
        pairs = {i: (self.name(i), self.text([i], keep_special=True)) for i in set(token_ids)}
        parts = tuple(name if name != text else "" for name, text in (pairs[i] for i in token_ids))
        return parts if any(parts) else ()

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
        if cache is not None and cache.num_read and not self.abilities.chunks and ids_BT.shape[1] > 1:
            assert mask_BS is None, "a model whose cache takes one token at a time is not batched"
            return torch.cat([self.last_hidden(ids_B1, cache=cache) for ids_B1 in ids_BT.split(1, 1)], 1)
        positions = None
        if mask_BS is not None:
            positions = (mask_BS.cumsum(-1) - 1).clamp(min=0)[:, -ids_BT.shape[1] :]
        output = self._decoder(
            input_ids=ids_BT,
            attention_mask=mask_BS,
            position_ids=positions,
            use_cache=cache is not None,
            **{self._cache_keyword: cache},
        )
        if cache is not None:
            cache.num_read += ids_BT.shape[1]
        return output.last_hidden_state

    def unembed(self, h: Float[Tensor, "*shape D"]) -> Float[Tensor, "*shape V"]:
        """Logits of hidden states, differentiable in `h`: lm_head and the family's scaling after it."""
        head, config = self.model.get_output_embeddings(), self._text_config
        logits = head(h.to(head.weight.device))
        if scale := getattr(config, "logit_scale", None):  # Cohere
            logits = logits * scale
        if divisor := getattr(config, "logits_scaling", None):  # Granite
            logits = logits / divisor
        for name in ("final_logit_softcapping", "logits_soft_cap"):  # Gemma 2 and later, RecurrentGemma
            if cap := getattr(config, name, None):
                logits = torch.tanh(logits / cap) * cap
        return logits

    def new_cache(self) -> Cache:
        """An empty key-value cache."""
        return RoomyCache(self.model.config)

    @staticmethod
    def copied(cache: Cache) -> Cache:
        """A copy that can be extended without touching the original."""
        return copy.deepcopy(cache)

    def sampling_filters(self) -> Filters | None:
        """The generation config's penalties and filters; None where it asks for none.

        Whether a token is then drawn or the best one taken is `samples_by_default`.
        """
        return self._filters

    @property
    def samples_by_default(self) -> bool:
        """Whether the generation config asks for sampling."""
        return bool(self.model.generation_config.do_sample)

    def _notes(self) -> list[str]:
        notes = self.abilities.limits()
        if not self.eos_ids:
            notes.append("it states no end token: every answer is written to the token cap")
        if self.chat.always_thinks:
            notes.append("its chat template opens a thought whatever the setting thinking says")
        if missing := not_honoured(self.model.generation_config):
            notes.append(f"of its generation config these are not followed: {', '.join(missing)}")
        return notes

    @torch.no_grad()
    def _check_unembed(self) -> None:
        ids = torch.tensor([probe(self.identity.vocab_size)], device=self.device)
        try:
            ours = self.unembed(self.last_hidden(ids)).float()
            theirs = self.model(input_ids=ids).logits.float()
        except Exception as error:  # an unknown architecture fails in its own way
            raise self._unknown_architecture(f"reading it fails: {str(error)[:200]}") from error
        require_finite(
            self.model, theirs, "logits of its first tokens"
        )  # what is not finite agrees with nothing
        theirs = theirs.to(ours.device)
        if ours.shape != theirs.shape or not torch.allclose(ours, theirs, rtol=1e-2, atol=1e-2):
            raise self._unknown_architecture("lm_head of its last hidden state is not its logits")

    def _unknown_architecture(self, reason: str) -> UserError:
        return UserError(
            "architecture",
            type(self.model).__name__,
            "a decoder-only causal language model whose lm_head reads the last hidden state",
            f"Here {reason}. Choose a Qwen2, Qwen3, Llama or Mistral model, or one built like them.",
        )


def _byte_alphabet() -> dict[str, int]:
    """How byte-level vocabularies (GPT-2) write a byte: as itself where that prints, else from U+0100 on."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(byte): byte for byte in printed} | {chr(256 + n): byte for n, byte in enumerate(others)}


_BYTES = _byte_alphabet()


def _bytes_of(entry: str) -> bytes | None:
    """The bytes that an entry of a vocabulary stands for, "<0xF0>" or "ðŁ"; None of another kind."""
    if match := re.fullmatch(r"<0x([0-9A-F]{2})>", entry):
        return bytes.fromhex(match[1])
    return bytes(_BYTES[letter] for letter in entry) if all(letter in _BYTES for letter in entry) else None
