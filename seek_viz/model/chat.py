"""How a tokenizer's chat template takes a chat, found by rendering one: no template says it in words.

Some refuse a system turn, some drop it without a word, some want a content as a list of parts. What a
template cannot take is given in another form; a chat whose contents do not all arrive is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from seek_viz.errors import UserError
from seek_viz.grading import THINK_OPEN
from seek_viz.settings.prompts import Messages

_SYSTEM, _USER = "Sentinel of the system turn.", "Sentinel of the user turn?"
_PROBE: Messages = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _USER}]
_SENTINEL = "sentinel-of-content-{}-in-the-chat"


@dataclass(frozen=True)
class Chat:
    """A tokenizer's chat template, and the form in which it takes messages."""

    tokenizer: Any
    folds_system: bool = False
    """The system text goes in front of the user's, in the user's turn."""
    takes_parts: bool = False
    """A content is [{"type": "text", "text": ...}]."""
    switches_thinking: bool = False
    """Thinking can be turned on and off (Qwen3's `enable_thinking`, others' `thinking`)."""
    always_thinks: bool = False
    """The prompt ends inside a thought that is opened whatever is asked for (DeepSeek-R1)."""

    @classmethod
    def of(cls, tokenizer: Any) -> Chat:
        """Find the form by rendering a system and a user turn.

        Raises:
            UserError: the template takes them in no form.
        """
        if not tokenizer.chat_template:
            return cls(tokenizer)
        reason = ""
        for folds, parts in ((False, False), (True, False), (False, True), (True, True)):
            chat = cls(tokenizer, folds, parts)
            try:
                off, on = chat.render(_PROBE), chat._rendered(_PROBE, thinking=True)
            except UserError as error:
                reason = reason or str(error)
                continue
            return cls(tokenizer, folds, parts, on != off, _inside_thought(off))
        raise UserError(
            "chat template",
            str(tokenizer.chat_template),
            "one that takes a user's turn, with or without a system turn",
            f"Correct chat_template in the model's folder, or choose another model. It said: {reason}",
        )

    def render(self, messages: Messages, thinking: bool = False) -> str:
        """The prompt text of a chat; without a template, the contents joined by blank lines.

        Raises:
            UserError: the template fails or leaves a content out; thinking is asked of one without it.
        """
        if thinking and not (self.switches_thinking or self.always_thinks):
            raise UserError(
                "thinking",
                True,
                "False for this model: its chat template cannot turn thinking on",
                "Turn it off, or choose a thinking model.",
            )
        if not self.tokenizer.chat_template:
            return "\n\n".join(message["content"] for message in messages) + "\n\n"
        prompt = self._rendered(messages, thinking)
        for message in messages:
            if message["content"].strip() not in prompt:
                raise UserError(
                    "chat template",
                    message["content"],
                    f"a template that keeps the text of the {message['role']} turn",
                    "This model's template drops or changes it: correct chat_template in its folder, "
                    "or choose another model.",
                )
        return prompt

    def encode(self, prompt: str, messages: Messages | None = None) -> list[int]:
        """Token ids of a rendered prompt; special tokens are added only where the template has none.

        Args:
            prompt: the rendered chat.
            messages: what it was rendered from. What looks like a special token in their contents is then
                encoded as text; without them it becomes that token.

        Raises:
            UserError: a content holds such text, and the template does not show where contents stand.
        """
        words = self._special_words_in(messages or [])
        if not self.tokenizer.chat_template:  # all of it is contents
            return self.tokenizer(prompt, split_special_tokens=bool(words)).input_ids
        if not words:
            return self.tokenizer(prompt, add_special_tokens=False).input_ids
        split_at = re.compile("(" + "|".join(map(re.escape, sorted(words, key=len, reverse=True))) + ")")
        parts = [""]  # what the tokenizer may read as it likes, and at each odd place such a word
        for text, is_content in self._segments(prompt, messages or []):
            first, *others = split_at.split(text) if is_content else [text]
            parts[-1] += first
            parts += others
        ids: list[int] = []
        for at, part in enumerate(parts):
            plain = at % 2 == 1
            ids += self.tokenizer(part, add_special_tokens=False, split_special_tokens=plain).input_ids
        return ids

    # --- how ------------------------------------------------------------------------------------

    def _rendered(self, messages: Messages, thinking: bool) -> str:
        formed: list[dict[str, Any]] = [dict(message) for message in messages]
        if self.folds_system and len(formed) > 1 and formed[0]["role"] == "system":
            system, user, *rest = formed
            formed = [{**user, "content": system["content"] + "\n\n" + user["content"]}, *rest]
        if self.takes_parts:
            formed = [{**one, "content": [{"type": "text", "text": one["content"]}]} for one in formed]
        try:
            return self.tokenizer.apply_chat_template(
                formed,
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=thinking,
                thinking=thinking,
            )
        except Exception as error:  # a template is a program: it can fail in any way
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UserError(
                "chat template",
                said[:200],
                "a template that renders this chat",
                "Correct chat_template in the model's folder, or choose another model.",
            ) from error

    def _special_words_in(self, messages: Messages) -> set[str]:
        added = getattr(self.tokenizer, "added_tokens_decoder", {}).values()
        words = {token.content for token in added if token.special}
        return {word for word in words if any(word in message["content"] for message in messages)}

    def _segments(self, prompt: str, messages: Messages) -> list[tuple[str, bool]]:
        """The prompt cut into what the template wrote and (True) the contents, as sentinels show them."""
        texts = {_SENTINEL.format(at): message["content"].strip() for at, message in enumerate(messages)}
        sentinels: Messages = [
            {**message, "content": word} for message, word in zip(messages, texts, strict=True)
        ]
        for thinking in (False, True) if self.switches_thinking else (False,):
            skeleton = re.split("(" + "|".join(texts) + ")", self.render(sentinels, thinking))
            # A template may strip a content, at both ends or, where it was folded, at one.
            pattern = "".join(
                rf"(\s*{re.escape(texts[piece])}\s*)" if piece in texts else f"({re.escape(piece)})"
                for piece in skeleton
            )
            if found := re.fullmatch(pattern, prompt):
                return [(text, piece in texts) for text, piece in zip(found.groups(), skeleton, strict=True)]
        raise UserError(
            "question",
            messages[-1]["content"],
            "a text without this model's control tokens, since its chat template changes what it is given",
            "Put a space into words such as <|im_end|>.",
        )


def _inside_thought(prompt: str) -> bool:
    return prompt.rstrip().endswith(THINK_OPEN)
