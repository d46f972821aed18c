"""Word problems from a seed: a family opens the story, endings carry it on, distractors are mixed in.

What makes a problem hard is in the problem: the number of steps, the size of the numbers, and
sentences with numbers that are not needed. Nothing here is noisy; the same seed gives the same problem.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from seek_viz.problems import families, families_rates
from seek_viz.problems.endings import ENDINGS
from seek_viz.problems.program import Program
from seek_viz.problems.story import Level, Story, Topic, Unfit
from seek_viz.problems.values import number_text

FAMILIES: dict[str, Callable[[Story], Topic]] = {
    family.__name__: family
    for family in (
        families.totals,
        families.remainders,
        families.comparisons,
        families.multiples,
        families.sharing,
        families.fractions,
        families.percentages,
        families.averages,
        families.ages,
        families.boxes,
        families_rates.change,
        families_rates.two_items,
        families_rates.rates,
        families_rates.distances,
        families_rates.units,
        families_rates.joint_work,
        families_rates.schedules,
        families_rates.savings,
        families_rates.discounts,
        families_rates.wages,
    )
}


_REFERS_BACK = re.compile(
    r"^(She|He|They|These|All this|On top|Another)\b|\b(as many|that|this|these|them|it|the same|also|more)\b"
)


@dataclass(frozen=True)
class Tier:
    """How hard the problems of a tier are."""

    steps: tuple[int, int]
    """Fewest and most steps."""
    level: Level
    distractors: tuple[int, int]
    """Fewest and most sentences with numbers that are not needed."""


TIERS = {
    "easy": Tier((2, 3), Level(big=100, small=10, limit=500, decimals=False), (0, 1)),
    "medium": Tier((3, 5), Level(big=250, small=12, limit=999, decimals=True), (0, 2)),
    "hard": Tier((6, 7), Level(big=500, small=16, limit=999, decimals=True), (1, 3)),
}


@dataclass(frozen=True)
class TinyProblem:
    """A generated problem with its program."""

    id: str
    """Family and the hash of the question: the same text has the same id everywhere."""
    question: str
    gold: str
    tier: str
    family: str
    num_steps: int
    num_distractors: int
    largest: int
    """Largest value of the program, rounded up: the magnitude."""
    program: Program

    def to_dict(self) -> dict:
        """JSON-able form of the problem-set files."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return fields | {"program": self.program.to_dict()}

    @classmethod
    def from_dict(cls, record: dict) -> TinyProblem:
        """Inverse of `to_dict`; the phrases of the steps are not in the file and stay empty."""
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(
            **{name: record[name] for name in names} | {"program": Program.from_dict(record["program"])}
        )


def make_problem(rng: random.Random, tier: str | None = None) -> TinyProblem:
    """Draw one problem.

    Args:
        rng: source of randomness; its state alone decides the problem.
        tier: "easy", "medium", "hard", or None for any.

    Returns:
        The problem, with exact gold and program.
    """
    tier = tier or rng.choice(tuple(TIERS))
    while True:
        family = rng.choice(tuple(FAMILIES))
        num_steps = rng.randint(*TIERS[tier].steps)
        # A family is tried a few times before another is drawn, so that awkward ones stay in the mix.
        for _ in range(8):
            story = Story(rng, TIERS[tier].level)
            num_distractors = rng.randint(*TIERS[tier].distractors)
            try:
                question = _tell(story, FAMILIES[family], num_steps, num_distractors)
            except Unfit:
                continue
            return _finished(story, question, family, tier, num_distractors)


def normalised(question: str) -> str:
    """The question without case, punctuation and spacing, for finding duplicates."""
    return " ".join(re.findall(r"[a-z0-9.]+", question.lower()))


def _tell(story: Story, family: Callable[[Story], Topic], num_steps: int, num_distractors: int) -> str:
    topic = family(story)
    told: set[str] = set()
    while len(story.steps) < num_steps:
        fitting = [ending for ending in ENDINGS.get(topic.kind, ()) if ending.__name__ not in told]
        if not fitting:
            raise Unfit(topic)
        ending = story.rng.choice(fitting)
        told.add(ending.__name__)
        topic = ending(story, topic)
    if len(story.steps) != num_steps:
        raise Unfit(num_steps)
    for _ in range(num_distractors):
        _distract(story)
    return " ".join([*story.sentences, story.rng.choice(topic.asks)])


def _distract(story: Story) -> None:
    who, number = story.person(), story.big(3)
    noun = story.item()
    sentence = story.rng.choice(
        (
            f"It was {story.rng.randint(12, 30)} degrees that day.",
            f"The house has {story.rng.randint(2, 90)} windows.",
            f"{who.name}, who is {story.rng.randint(5, 60)}, watched.",
            f"{who.name} lives {story.rng.randint(2, 90)} km away.",
            f"{who.name} has {number} {noun} but keeps them.",
            f"The room holds {number} people.",
            f"This was {story.rng.randint(2, 40)} days ago.",
            f"{who.name} read {number} pages in the meantime.",
        )
    )
    # Not before a sentence that speaks of what came before it: it would then speak of the wrong thing.
    places = [i for i in range(1, len(story.sentences)) if not _REFERS_BACK.search(story.sentences[i])]
    story.sentences.insert(story.rng.choice([*places, len(story.sentences)]), sentence)


def _finished(story: Story, question: str, family: str, tier: str, num_distractors: int) -> TinyProblem:
    program = Program(dict(story.givens), tuple(story.steps))
    return TinyProblem(
        id=f"{family}-{hashlib.sha256(question.encode()).hexdigest()[:8]}",
        question=question,
        gold=number_text(program.gold),
        tier=tier,
        family=family,
        num_steps=len(story.steps),
        num_distractors=num_distractors,
        largest=max(-(-value.numerator // value.denominator) for value in program.run().values()),
        program=program,
    )
