"""The texts that a model is asked with: solver prompts and the four verifier prompts.

A prompt set is a property of a model's entry: the bundled model was trained on short prompts of its
own (`TINY`), instruction-tuned models get `GENERAL`. The wording is this project's; the intent of
each verifier and the marker before the verdict are the paper's (section 3.3 and appendix C).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

Messages = list[dict[str, str]]
"""A chat: [{"role": ..., "content": ...}, ...]."""

MARKER = "FINAL VERIFICATION ANSWER IS:"
"""What stands before True or False in a verifier's reply."""


Chat = tuple[tuple[str, str], ...]
"""((role, template), ...)."""

WEIGHTS: dict[str, float] = {
    "calculation_check": 2.0,
    "answer_correct": 1.0,
    "answer_completeness": 2.0,
    "understanding_check": 1.0,
}
"""The paper's verifiers (section 3.3), each with the weight of its rejection; their sum, 6, divides R."""


@dataclass(frozen=True)
class Verifier:
    """One question that a text is judged by."""

    name: str
    weight: float
    """What a rejection takes off R, before the division by the sum of all weights."""
    chat: Chat
    """With {question} and {solution} to fill in."""


@dataclass(frozen=True)
class PromptSet:
    """Solver and verifier prompts as chat templates with {question} and {solution} to fill in."""

    name: str
    solver: Mapping[str, Chat]
    """Answer format ("boxed", "json") -> the chat, with {question} to fill in."""
    verifiers: Mapping[str, Verifier]
    """By name."""

    @property
    def total_weight(self) -> float:
        """What the self-reward is divided by."""
        return sum(verifier.weight for verifier in self.verifiers.values())

    @property
    def fingerprint(self) -> str:
        """Another where any word is."""
        return hashlib.sha256(repr((sorted(self.solver.items()), self.judges)).encode()).hexdigest()[:12]

    @property
    def judges(self) -> str:
        """Name and fingerprint of the verifiers: another where a weight or a word of a prompt is."""
        asked = [(one.name, one.weight, one.chat) for one in self.verifiers.values()]
        return f"{self.name} {hashlib.sha256(repr(asked).encode()).hexdigest()[:8]}"

    def solve(self, question: str, answer_format: str = "boxed") -> Messages:
        """The chat that asks the model to solve `question`; any text survives unchanged."""
        return _fill(self.solver[answer_format], question=question)

    def verify(self, verifier: str, question: str, solution: str) -> Messages:
        """The chat that asks `verifier` to judge `solution`; any text survives unchanged."""
        return _fill(self.verifiers[verifier].chat, question=question, solution=solution)


def _fill(template: Chat, **texts: str) -> Messages:
    # str.format reads braces in the template only, never in the texts it inserts.
    return [{"role": role, "content": content.format(**texts)} for role, content in template]


def papers_verifiers(chats: Mapping[str, Chat]) -> dict[str, Verifier]:
    """The paper's verifiers under the paper's weights, asked in these words."""
    return {name: Verifier(name, weight, chats[name]) for name, weight in WEIGHTS.items()}


_ENDING = (
    "Be brief. Close with one line that holds nothing but the words "
    f'"{MARKER}" and then True if it passes, or False if it does not.'
)
_MATERIAL = "The problem:\n{question}\n\nThe proposed solution:\n{solution}\n\n"

GENERAL = PromptSet(
    name="general",
    solver={
        "boxed": (
            ("system", "Work through the problem step by step. Put the final answer inside \\boxed{{}}."),
            ("user", "{question}"),
        ),
        "json": (
            (
                "user",
                "Solve this problem step by step:\n{question}\n\n"
                'Reply with one JSON object with two keys: "thought process", a string with your '
                'reasoning, and "final answer", a string with the answer alone.',
            ),
        ),
    },
    verifiers=papers_verifiers(
        {
            "calculation_check": (
                (
                    "user",
                    _MATERIAL
                    + "Recompute every calculation that the solution makes, one by one. It passes if each "
                    "result is right, whether or not the approach is. " + _ENDING,
                ),
            ),
            "answer_correct": (
                (
                    "user",
                    _MATERIAL + "Solve the problem on your own, then compare your result with the solution's "
                    "final answer. It passes if they are the same. " + _ENDING,
                ),
            ),
            "answer_completeness": (
                (
                    "user",
                    _MATERIAL
                    + "Look at whether the solution is whole: no step is missing or cut off, and it "
                    "states one clear final answer to what was asked. It passes if it is. " + _ENDING,
                ),
            ),
            "understanding_check": (
                (
                    "user",
                    _MATERIAL + "Look at whether the solution reads the problem rightly: it uses the given "
                    "quantities in their roles and answers the question that was asked. It passes if it "
                    "does. " + _ENDING,
                ),
            ),
        }
    ),
)

TINY = PromptSet(
    name="tiny",
    solver={
        "boxed": (("user", "{question}"),),
        "json": (("system", "json"), ("user", "{question}")),
    },
    verifiers=papers_verifiers(
        {name: (("system", name), ("user", "{question}\n{solution}")) for name in WEIGHTS}
    ),
)

PROMPT_SETS = {prompt_set.name: prompt_set for prompt_set in (GENERAL, TINY)}
