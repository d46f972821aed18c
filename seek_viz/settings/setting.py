"""What a setting says of itself. Command options, form, links, header and docs are made of it.

    rho: float = number(0.1, "fraction of the text ...", symbol="ρ", bounds=(1e-6, 1.0))

A field of `SeekConfig` is declared with `number`, `whole`, `choice` or `switch`. Nothing else has to know of
it but the code that it steers.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seek_viz.errors import UserError

Group = Literal["main", "more", "released"]
"""Where a setting is offered: always in sight, among the others, or among the released code's oddities."""
GROUPS: dict[Group, str] = {
    "main": "Settings",
    "more": "More settings",
    "released": "Oddities of the released code",
}
"""What the groups are called, in their order."""
SAME: Any = object()
"""The released code has the setting as it is by default."""


@dataclass(frozen=True)
class When:
    """In which runs a setting has an effect."""

    holds: Callable[[Any], bool]
    otherwise: str
    """Why it has none in the others."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting, but for its name and default, which are the field's."""

    gloss: str
    """What it is, in a line."""
    about: str = ""
    """More, for the docs."""
    symbol: str = ""
    """The paper's, if it has one."""
    name: str = ""
    """What an option and a link call it; without one, the field's name with hyphens."""
    short: str = ""
    """A one-letter option."""
    label: str = ""
    """What the form calls it; without one, the field's name with spaces."""
    group: Group = "more"
    kind: Literal["number", "whole", "choice", "switch"] = "number"
    optional: bool = False
    """Whether it may be None, which is written "none"."""
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Allowed values -> what the form calls them."""
    bounds: tuple[float, float] = (-math.inf, math.inf)
    """Least and largest allowed value of a number."""
    usual: tuple[float, float] | None = None
    """The range beyond which a number may be a slip of the decimal point."""
    when: When | None = None
    """In which runs it has an effect, if not in all."""
    fixed: bool = False
    """Whether a run's first step fixes it, whose prompt, positions or latents depend on it."""
    steers_step: bool = False
    """Whether it decides nothing but how long a step is: a control that is matched to a run ignores it."""
    judges: bool = False
    """Whether a text's reward depends on it: rewards compare where it is equal."""
    released: Any = SAME
    """Its value in the released code, where that is an oddity (docs/parity.md)."""
    key: str = ""
    """The field's name."""
    default: Any = None

    @property
    def title(self) -> str:
        """Symbol and label, as the form has them."""
        return f"{self.symbol}  {self.label}".strip()

    @property
    def explanation(self) -> str:
        """All that is said of it beyond the gloss."""
        told = [f'"{name}": {words}' for name, words in getattr(self.choices, "abouts", {}).items() if words]
        return " ".join(filter(None, [self.about, *told]))

    @property
    def option(self) -> str:
        """The option that a message speaks of."""
        return self.short or f"--{self.name}"

    @property
    def values(self) -> str:
        """What it may be, in a word or as the list of choices."""
        named = {
            "number": "NUMBER",
            "whole": "INTEGER",
            "switch": "true|false",
            "choice": "|".join(self.choices),
        }
        return named[self.kind]

    def check(self, value: Any) -> None:
        """Hold a value against kind, choices and bounds.

        Raises:
            UserError: it is not allowed.
        """
        if value is None and self.optional:
            return
        if self.kind == "choice":
            if not isinstance(value, str) or value not in self.choices:
                raise UserError(self.key, value, ", ".join(self.choices), "Choose one of these.")
        elif self.kind == "switch":
            if not isinstance(value, bool):
                raise UserError(self.key, value, "true, false", "Choose one of these.")
        else:
            self._check_number(value)

    def _check_number(self, value: Any) -> None:
        low, high = self.bounds
        whole = self.kind == "whole"
        is_number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not low <= value <= high:
            what = "a whole number" if whole else "a number"
            raise UserError(self.key, value, f"{what} from {low:g} to {high:g}", "Correct it.")

    def read(self, text: str) -> Any:
        """A value from text, as `written` writes it; `check` comes after it.

        Raises:
            UserError: it is no such value.
        """
        text = text.strip()
        if self.optional and text == "none":
            return None
        if self.kind == "choice":
            return text
        if self.kind == "switch":
            if text not in ("true", "false"):
                raise UserError(self.key, text, "true, false", "Choose one of these.")
            return text == "true"
        return read_number(self.key, text, whole=self.kind == "whole")


def read_number(what: str, text: str, whole: bool) -> Any:
    """A number from text.

    Raises:
        UserError: it is none; of a decimal comma the message says so.
    """
    try:
        return int(text) if whole else float(text)
    except ValueError:
        allowed = "a whole number" if whole else "a number"
        hint = f"Write a decimal point: {text.replace(',', '.')}." if "," in text else "Correct it."
        raise UserError(what, text, allowed, hint) from None


def written(value: Any) -> str:
    """A setting's value as text that `Setting.read` reads back."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- Declarations: each gives a dataclass field ----------------------------------------------------------


def number(default: float | None, gloss: str, bounds: tuple[float, float], **more: Any) -> Any:
    """A field for a real number; one whose default is None may be None."""
    return _field(default, gloss=gloss, bounds=bounds, optional=default is None, **more)


def whole(default: int, gloss: str, bounds: tuple[int, int], **more: Any) -> Any:
    """A field for a whole number."""
    return _field(default, gloss=gloss, kind="whole", bounds=bounds, **more)


def choice(default: str, gloss: str, choices: Mapping[str, str], **more: Any) -> Any:
    """A field for one of a few values, each with what the form calls it."""
    return _field(default, gloss=gloss, kind="choice", choices=choices, **more)


def switch(default: bool, gloss: str, **more: Any) -> Any:
    """A field for yes or no."""
    return _field(default, gloss=gloss, kind="switch", **more)


def _field(default: Any, **said: Any) -> Any:
    return dataclasses.field(default=default, metadata={"setting": Setting(**said)})


def declared(record: type) -> dict[str, Setting]:
    """Field name -> setting, of a dataclass whose fields are declared as above, in their order."""
    return {
        field.name: dataclasses.replace(
            said,
            key=field.name,
            default=field.default,
            name=said.name or field.name.replace("_", "-"),
            label=said.label or field.name.replace("_", " "),
        )
        for field in dataclasses.fields(record)
        for said in [field.metadata["setting"]]
    }
