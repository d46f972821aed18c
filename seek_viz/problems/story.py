"""A story under construction: the sentences told so far and the program they stand for.

A family opens the story and leaves a *topic*, the quantity the story is now about; endings take the
topic further, one or two steps each, until the wanted number of steps is reached.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from seek_viz.problems.program import Step, apply_op, value_of
from seek_viz.problems.values import is_writable, number_text

SHE, HE, THEY = ("she", "her", "her"), ("he", "him", "his"), ("they", "them", "their")
_SHE_NAMES = [
    "Mia",
    "Ava",
    "Lena",
    "Nora",
    "Zoe",
    "Ruth",
    "Emma",
    "Priya",
    "Aisha",
    "Carmen",
    "Hana",
    "Olga",
    "Tara",
    "Jill",
    "Grace",
    "Maria",
    "Fatima",
    "Lucy",
]
_HE_NAMES = [
    "Tom",
    "Ben",
    "Omar",
    "Luis",
    "Jack",
    "Ravi",
    "Paul",
    "Kofi",
    "Ivan",
    "Sam",
    "Leo",
    "Noah",
    "Felix",
    "Hugo",
    "Amir",
    "Carl",
    "Dan",
    "Yusuf",
]
ITEMS = [
    "apples",
    "pears",
    "marbles",
    "stickers",
    "stamps",
    "shells",
    "coins",
    "beads",
    "books",
    "cards",
    "pencils",
    "cookies",
    "muffins",
    "eggs",
    "tickets",
    "balloons",
    "buttons",
    "flowers",
    "plums",
    "lemons",
    "toys",
    "postcards",
]


class Unfit(Exception):
    """The numbers drawn do not suit the story; draw again. Never leaves the grammar."""


@dataclass(frozen=True)
class Level:
    """How hard the numbers are: bounds for what a family may draw."""

    big: int
    """Largest given amount."""
    small: int
    """Largest multiplier, count of groups, price."""
    limit: int
    """Largest value of any given and any step."""
    decimals: bool
    """Whether prices may have cents."""


@dataclass(frozen=True)
class Person:
    """Someone in a story; `name` may also be a group ("the class")."""

    name: str
    pronouns: tuple[str, str, str]

    @property
    def she(self) -> str:
        """Subject pronoun."""
        return self.pronouns[0]

    @property
    def her(self) -> str:
        """Possessive pronoun."""
        return self.pronouns[2]

    @property
    def start(self) -> str:
        """Name at the head of a sentence."""
        return self.name[0].upper() + self.name[1:]

    @property
    def whose(self) -> str:
        """Possessive: "Mia's", "their"."""
        return "their" if self.name == "they" else f"{self.name}'s"

    @property
    def whom(self) -> str:
        """The name as an object: "Mia", "them"."""
        return "them" if self.name == "they" else self.name

    @property
    def cap(self) -> str:
        """Subject pronoun at the head of a sentence."""
        return self.pronouns[0].capitalize()


@dataclass(frozen=True)
class Topic:
    """The quantity that the story is now about."""

    ref: str
    """Name of its step."""
    kind: str
    """"count", "money", "minutes" or "distance": decides which endings fit."""
    noun: str
    """Unit in words: "apples", "dollars"."""
    who: Person
    """Whose it is."""
    asks: tuple[str, ...]
    """Questions that ask for it."""


class Story:
    """The one mutable thing of the grammar: sentences, givens and steps as they are told."""

    def __init__(self, rng: random.Random, level: Level) -> None:
        self.rng, self.level = rng, level
        self.sentences: list[str] = []
        self.givens: dict[str, Fraction] = {}
        self.steps: list[Step] = []
        self._values: dict[str, Fraction] = {}
        self._used_names: set[str] = set()

    def say(self, *variants: str) -> None:
        """Tell one sentence, in one of several wordings."""
        self.sentences.append(self.rng.choice(variants))

    def person(self) -> Person:
        """Someone new."""
        pronouns = self.rng.choice((SHE, HE))
        names = [n for n in (_SHE_NAMES if pronouns is SHE else _HE_NAMES) if n not in self._used_names]
        name = self.rng.choice(names)
        self._used_names.add(name)
        return Person(name, pronouns)

    def item(self) -> str:
        """A plural noun of something countable."""
        return self.rng.choice(ITEMS)

    def big(self, low: int = 5, share: float = 1.0) -> int:
        """Draw an amount up to the level's bound (times `share`)."""
        return self.rng.randint(low, max(low, int(self.level.big * share)))

    def small(self, low: int = 2, most: int = 10**6) -> int:
        """Draw a multiplier or a number of groups."""
        return self.rng.randint(low, max(low, min(self.level.small, most)))

    def price(self) -> Fraction:
        """Draw a unit price in dollars, at times with 50 cents."""
        whole = self.rng.randint(2, self.level.small + 4)
        halves = self.level.decimals and self.rng.random() < 0.3
        return Fraction(2 * whole - 1, 2) if halves else Fraction(whole)

    def given(self, value: Fraction | int) -> str:
        """Register a number of the text; returns its name."""
        if value > self.level.limit:
            raise Unfit(value)
        name = f"g{len(self.givens)}"
        self.givens[name] = self._values[name] = Fraction(value)
        return name

    def value(self, ref: str) -> Fraction:
        """Value of a given or of a step."""
        return value_of(ref, self._values)

    def step(self, op: str, *args: str, phrases: tuple[str, ...]) -> str:
        """Add an operation; returns the name of its result.

        Raises:
            Unfit: the result is negative, zero, too large, or not writable.
        """
        result = apply_op(op, [self.value(arg) for arg in args])
        whole_needed = op in ("div", "percent") and all(self.value(a).denominator == 1 for a in args)
        if not 0 < result <= self.level.limit or not is_writable(result):
            raise Unfit(result)
        if whole_needed and result.denominator != 1:
            raise Unfit(result)
        name = f"s{len(self.steps)}"
        self.steps.append(Step(name, op, args, phrases))
        self._values[name] = result
        return name

    def divisor(self, ref: str, low: int = 2, high: int = 12) -> int:
        """A random divisor of a whole value.

        Raises:
            Unfit: there is none within the bounds.
        """
        value = self.value(ref)
        found = [d for d in range(low, high + 1) if (value / d).denominator == 1 and d < value]
        if not found:
            raise Unfit(ref)
        return self.rng.choice(found)


def dollars(value: Fraction | int) -> str:
    """Money as the texts write it: "$12", "$4.50"."""
    return f"${number_text(value)}"
