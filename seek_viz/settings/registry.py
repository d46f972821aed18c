"""Which models are known by name, with the prompts that they understand and the settings that suit them.

A model's folder says both in `seek_viz.json`, beside its config.json; nothing else is needed for a model of
one's own. It does not load anything: the page reads it before torch is imported.
"""

from __future__ import annotations

import dataclasses
import json
import os
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seek_viz import ASSETS
from seek_viz.errors import UserError
from seek_viz.settings.config import SETTINGS, SeekConfig
from seek_viz.settings.prompts import GENERAL, PROMPT_SETS, WEIGHTS, Chat, PromptSet, Verifier

SETTINGS_FILE = "seek_viz.json"
"""{"prompts": name of a set, or {"solver": {format: chat}, "verifiers": {name: verifier}},
"preset": {setting: value}}; a chat is [{"role": ..., "content": template}, ...], a verifier
{"weight": number, "chat": chat}, or the chat alone of one that the paper has. Both keys may be left out."""


@dataclass(frozen=True)
class ModelEntry:
    """A model by name, with the prompts it understands and the settings that suit it."""

    name: str
    source: str
    """Hub id or folder."""
    revision: str | None = None
    prompts: PromptSet = GENERAL
    preset: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Changes to `SeekConfig`'s defaults."""
    is_bundled: bool = False
    """It is asked for by its name, not by its source."""

    @property
    def given(self) -> str:
        """What it is asked for by."""
        return self.name if self.is_bundled else self.source


def preset_of(name: str) -> Mapping[str, Any]:
    """What suits the model, as changes to `SeekConfig`'s defaults; none where nothing is known of it.

    Raises:
        UserError: see `model_entry`.
    """
    return model_entry(name).preset


def model_entry(name: str) -> ModelEntry:
    """The entry of that name, or one for a folder, as its `seek_viz.json` has it, or for a Hub id.

    Raises:
        UserError: the folder's `seek_viz.json` cannot be used.
    """
    is_path = os.path.exists(name)  # not pathlib's, which raises at a name that no file can have
    return MODELS.get(name) or _entry(Path(name).name if is_path else name, name)


def _entry(name: str, source: str, is_bundled: bool = False) -> ModelEntry:
    file = Path(source) / SETTINGS_FILE
    prompts, preset = _read(file) if os.path.isfile(file) else (GENERAL, {})
    return ModelEntry(name, source, prompts=prompts, preset=preset, is_bundled=is_bundled)


# --- A folder's seek_viz.json -----------------------------------------------------------------------


def _read(file: Path) -> tuple[PromptSet, dict[str, Any]]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(file, "", type(error).__name__, f"a JSON object ({error})") from error
    _check_keys(file, "", record, allowed=("prompts", "preset"))
    return _prompts(file, record.get("prompts", GENERAL.name)), _preset(file, record.get("preset", {}))


def _preset(file: Path, record: Any) -> dict[str, Any]:
    _check_keys(file, "preset", record, allowed=tuple(SETTINGS))
    try:
        SeekConfig(**record)
    except UserError as error:
        raise error.named(f"{file}, preset.{error.what}") from error
    return record


def _prompts(file: Path, record: Any) -> PromptSet:
    if isinstance(record, str):
        if record not in PROMPT_SETS:
            raise _unusable(file, "prompts", record, f"{', '.join(PROMPT_SETS)}, or an object with the texts")
        return PROMPT_SETS[record]
    kinds, formats = ("solver", "verifiers"), tuple(GENERAL.solver)
    _check_keys(file, "prompts", record, allowed=kinds, needed=kinds)
    _check_keys(file, "prompts.solver", record["solver"], allowed=formats, needed=formats)
    solver = {
        name: _chat(file, f"prompts.solver.{name}", chat, ("question",))
        for name, chat in record["solver"].items()
    }
    asked = record["verifiers"]
    if not isinstance(asked, dict) or not asked:
        raise _unusable(file, "prompts.verifiers", asked, "an object with one verifier or more")
    return PromptSet(
        file.parent.name, solver, {name: _verifier(file, name, one) for name, one in asked.items()}
    )


def _verifier(file: Path, name: str, record: Any) -> Verifier:
    where, weight, chat = f"prompts.verifiers.{name}", WEIGHTS.get(name), record
    if isinstance(record, dict) or weight is None:
        _check_keys(file, where, record, allowed=("weight", "chat"), needed=("weight", "chat"))
        weight, chat = record["weight"], record["chat"]
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 < weight < 1e6:
        raise _unusable(file, f"{where}.weight", weight, "a number above 0")
    return Verifier(name, float(weight), _chat(file, where, chat, ("question", "solution")))


def _chat(file: Path, where: str, record: Any, filled: tuple[str, ...]) -> Chat:
    if not isinstance(record, list) or not record:
        raise _unusable(file, where, record, 'a list of {"role": ..., "content": ...}')
    used = set()
    for turn in record:
        _check_keys(file, where, turn, allowed=("role", "content"), needed=("role", "content"))
        if turn["role"] not in ("system", "user", "assistant"):
            raise _unusable(file, f"{where}, role", turn["role"], "system, user, assistant")
        used |= _fields(file, where, turn["content"], filled)
    if missing := [name for name in filled if name not in used]:
        raise _unusable(file, where, record, f"a chat in which {{{missing[0]}}} stands")
    return tuple((turn["role"], turn["content"]) for turn in record)


def _fields(file: Path, where: str, template: Any, filled: tuple[str, ...]) -> set[str]:
    """What the template asks to be filled in: {question}, {solution}, and nothing else."""
    allowed = f"text with {' and '.join(f'{{{name}}}' for name in filled)}; other braces doubled, {{{{ }}}}"
    try:
        parts = list(string.Formatter().parse(template))
    except (TypeError, ValueError) as error:
        raise _unusable(file, where, template, allowed) from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in filled or form or conversion):
            raise _unusable(file, where, template, allowed)
    return {name for _, name, _, _ in parts if name}


def _check_keys(
    file: Path, where: str, record: Any, allowed: tuple[str, ...] | list[str], needed: tuple[str, ...] = ()
) -> None:
    if not isinstance(record, dict):
        raise _unusable(file, where, record, f"an object with {', '.join(allowed)}")
    for key in record:
        if key not in allowed:
            raise _unusable(file, where, key, ", ".join(allowed))
    for key in needed:
        if key not in record:
            raise _unusable(file, where, f"no {key}", f"an object with {', '.join(needed)}")


def _unusable(file: Path, where: str, got: Any, allowed: str) -> UserError:
    what = f"{file}, {where}" if where else str(file)
    return UserError(what, got, allowed, "Mend the file, or remove it to get the general prompts.")


MODELS = {"tiny": _entry("tiny", str(ASSETS / "tiny"), is_bundled=True)}
"""Models with a name of their own; any other name is taken as a Hub id or a folder."""
