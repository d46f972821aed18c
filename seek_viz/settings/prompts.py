"""The texts that a model is asked with: solver prompts and the four verifier prompts.

A prompt set is a property of a model's entry: the bundled model was trained on short prompts of its
own (`TINY`), instruction-tuned models get `GENERAL`. The wording is this project's; the intent of
each verifier and the marker before the verdict are the paper's (section 3.3 and appendix C).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Messages = list[dict[str, str]]
"""A chat: [{"role": ..., "content": ...}, ...]."""

MARKER = "FINAL VERIFICATION ANSWER IS:"
"""What stands before True or False in a verifier's reply."""


@dataclass(frozen=True)
class PromptSet:
    """Solver and verifier prompts as chat templates with {question} and {solution} to fill in."""

    name: str
    solver: Mapping[str, tuple[tuple[str, str], ...]]
    """Answer format ("boxed", "json") -> ((role, template), ...)."""
    verifiers: Mapping[str, tuple[tuple[str, str], ...]]
    """Verifier name -> ((role, template), ...)."""

    def solve(self, question: str, answer_format: str = "boxed") -> Messages:
        """The chat that asks the model to solve `question`; any text survives unchanged."""
        return _fill(self.solver[answer_format], question=question)

    def verify(self, verifier: str, question: str, solution: str) -> Messages:
        """The chat that asks `verifier` to judge `solution`; any text survives unchanged."""
        return _fill(self.verifiers[verifier], question=question, solution=solution)


def _fill(template: tuple[tuple[str, str], ...], **texts: str) -> Messages:
    # str.format reads braces in the template only, never in the texts it inserts.
    return [{"role": role, "content": content.format(**texts)} for role, content in template]


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
    verifiers={
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
                _MATERIAL + "Look at whether the solution is whole: no step is missing or cut off, and it "
                "states one clear final answer to what was asked. It passes if it is. " + _ENDING,
            ),
        ),
        "understanding_check": (
            (
                "user",
                _MATERIAL + "Look at whether the solution reads the problem rightly: it uses the given "
                "quantities in their roles and answers the question that was asked. It passes if it does. "
                + _ENDING,
            ),
        ),
    },
)

TINY = PromptSet(
    name="tiny",
    solver={
        "boxed": (("user", "{question}"),),
        "json": (("system", "json"), ("user", "{question}")),
    },
    verifiers={
        verifier: (("system", verifier), ("user", "{question}\n{solution}"))
        for verifier in ("calculation_check", "answer_correct", "answer_completeness", "understanding_check")
    },
)

PROMPT_SETS = {prompt_set.name: prompt_set for prompt_set in (GENERAL, TINY)}
