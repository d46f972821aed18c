"""Which models are known by name, with the prompts that they understand and the settings that suit them.

It does not load anything: the page reads it before torch is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seek_viz import ASSETS
from seek_viz.prompts import GENERAL, TINY, PromptSet


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


MODELS = {
    "tiny": ModelEntry(
        name="tiny",
        source=str(ASSETS / "tiny"),
        prompts=TINY,
        preset={
            "decode_mode": "coherent",
            "rho": 0.5,
            "learning_rate": 0.02,
            "return_iterate": "accepted",
            "max_new_tokens": 256,
            "max_verifier_tokens": 224,
        },
    ),
}
"""Models with an entry of their own; any other name is taken as a Hub id or a folder."""


def preset_of(name: str) -> Mapping[str, Any]:
    """What suits the model, as changes to `SeekConfig`'s defaults; none for a model without an entry."""
    entry = MODELS.get(name)
    return entry.preset if entry else {}


def model_entry(name: str) -> ModelEntry:
    """The entry of that name, or one made for a Hub id or folder with the general prompts."""
    return MODELS.get(name) or ModelEntry(name=Path(name).name if Path(name).exists() else name, source=name)
