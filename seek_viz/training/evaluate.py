"""Evaluate a model as solver and as judge: `python -m seek_viz.training.evaluate --model assets/tiny`.

Greedy answers in float32 on a held-out set. The judge is asked about the model's own greedy answers,
and its verdicts are compared with those that `labels` computes. Balanced accuracy is the mean of the
accuracies on the truly right and the truly wrong; a reply without a verdict counts as a rejection, as it does
in the reward.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase, Qwen2ForCausalLM

from seek_viz import ASSETS
from seek_viz.problems.corruption import corrupted
from seek_viz.problems.grammar import TinyProblem, make_problem
from seek_viz.problems.labels import Labels, final_answer, label
from seek_viz.problems.problem import load_problems
from seek_viz.problems.sets import PROBLEMS_DIR, load_set
from seek_viz.problems.values import parse_number
from seek_viz.problems.wording import chain_of_thought
from seek_viz.settings.prompts import MARKER, TINY
from seek_viz.training.sampling import generate

_VERDICT = re.compile(re.escape(MARKER) + r" (True|False)$")


@dataclass(frozen=True)
class Judged:
    """Confusion counts of one verifier."""

    true_accepted: int
    true_rejected: int
    false_accepted: int
    false_rejected: int
    unparsable: int
    """Replies without a verdict; they are among the rejections."""

    @property
    def balanced_accuracy(self) -> float | None:
        """Mean of both accuracies; None when one of the two truths never occurs."""
        right, wrong = self.true_accepted + self.true_rejected, self.false_accepted + self.false_rejected
        if not right or not wrong:
            return None
        return (self.true_accepted / right + self.false_rejected / wrong) / 2

    def to_dict(self) -> dict[str, Any]:
        """The counts and the balanced accuracy."""
        return vars(self) | {"balanced_accuracy": self.balanced_accuracy}


def load_float32(folder: Path) -> tuple[Qwen2ForCausalLM, PreTrainedTokenizerBase]:
    """The stored weights, read back in float32."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return model, AutoTokenizer.from_pretrained(folder)


def evaluate(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    problems: list[TinyProblem],
    answer_format: str,
    num_judged: int,
) -> dict[str, Any]:
    """Accuracy of greedy answers by tier, family and steps; the judge's figures on `num_judged` of them."""
    chats = [TINY.solve(problem.question, answer_format) for problem in problems]
    solutions = generate(model, tokenizer, chats)
    labels = [label(problem, solution) for problem, solution in zip(problems, solutions, strict=True)]
    groupings: dict[str, Callable[[TinyProblem], Any]] = {
        "overall": lambda problem: "all",
        "tier": lambda problem: problem.tier,
        "steps": lambda problem: problem.num_steps,
        "family": lambda problem: problem.family,
    }
    accuracy = {name: _accuracy(problems, labels, key) for name, key in groupings.items()}
    every = slice(None, None, max(1, len(problems) // num_judged))
    judge = {
        v: judge_answers(model, tokenizer, v, problems[every], solutions[every], labels[every])
        for v in TINY.verifiers
    }
    faults = judge_made_faults(model, tokenizer, num_judged // 2)
    return {
        "problems": len(problems),
        "solver_calculation": sum(each.calculation_check for each in labels) / len(labels),
        "solver_understanding": sum(each.understanding_check for each in labels) / len(labels),
        "accuracy": accuracy,
        "without_answer": sum(each.answer is None for each in labels),
        "judge": {v: j.to_dict() for v, j in judge.items()},
        "judge_made_faults": {v: j.to_dict() for v, j in faults.items()},
    }


def solver_accuracy(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    problems: list[TinyProblem],
    answer_format: str,
) -> float:
    """Share of greedy answers that are right."""
    solutions = generate(model, tokenizer, [TINY.solve(p.question, answer_format) for p in problems])
    right = [label(p, s).answer_correct for p, s in zip(problems, solutions, strict=True)]
    return sum(right) / len(right)


def judge_answers(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    verifier: str,
    problems: list[TinyProblem],
    solutions: list[str],
    labels: list[Labels],
) -> Judged:
    """Ask one verifier about every solution and count its verdicts against the truth."""
    chats = [TINY.verify(verifier, p.question, s) for p, s in zip(problems, solutions, strict=True)]
    counts: dict[tuple[bool, str], int] = defaultdict(int)
    for truth, text in zip(labels, generate(model, tokenizer, chats), strict=True):
        verdict = _VERDICT.search(text)
        counts[getattr(truth, verifier), verdict[1] if verdict else ""] += 1
    return Judged(
        counts[True, "True"],
        counts[True, "False"] + counts[True, ""],
        counts[False, "True"],
        counts[False, "False"] + counts[False, ""],
        counts[True, ""] + counts[False, ""],
    )


def judge_made_faults(
    model: Qwen2ForCausalLM, tokenizer: PreTrainedTokenizerBase, count: int
) -> dict[str, Judged]:
    """The judge on solutions made by program, half of them with a fault: breaks that greedy answers lack."""
    rng = random.Random("seek-viz judge faults")
    problems = [make_problem(rng) for _ in range(count)]
    solutions = [
        corrupted(problem, rng) if rng.random() < 0.5 else chain_of_thought(problem.program, rng)
        for problem in problems
    ]
    labels = [label(problem, solution) for problem, solution in zip(problems, solutions, strict=True)]
    return {v: judge_answers(model, tokenizer, v, problems, solutions, labels) for v in TINY.verifiers}


def handwritten_accuracy(model: Qwen2ForCausalLM, tokenizer: PreTrainedTokenizerBase) -> str:
    """Greedy "right/all" on the problems that no grammar made."""
    problems = load_problems(PROBLEMS_DIR / "handwritten.jsonl")
    solutions = generate(model, tokenizer, [TINY.solve(problem.question) for problem in problems])
    answers = [parse_number(final_answer(solution) or "") for solution in solutions]
    right = sum(
        a is not None and a == parse_number(p.gold or "") for a, p in zip(answers, problems, strict=True)
    )
    return f"{right}/{len(problems)}"


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown tables."""
    lines = ["| group | accuracy | problems |", "|---|---|---|"]
    for grouping, rows in result["accuracy"].items():
        lines += [f"| {grouping} {name} | {a:.1%} | {n} |" for name, (a, n) in rows.items()]
    lines += _judge_table("verifier, on own greedy answers", result["judge"])
    lines += _judge_table("verifier, on faults made by program", result["judge_made_faults"])
    lines.append(
        "\nTA: truly right and accepted, TR: truly right but rejected, FA: wrong but accepted, "
        "FR: wrong and rejected; unparsable replies are among the rejections."
    )
    return "\n".join(lines)


def _judge_table(title: str, judge: dict[str, dict[str, Any]]) -> list[str]:
    lines = ["", f"| {title} | balanced accuracy | TA / TR / FA / FR | unparsable |", "|---|---|---|---|"]
    for verifier, row in judge.items():
        balanced = "n/a" if row["balanced_accuracy"] is None else f"{row['balanced_accuracy']:.1%}"
        counts = " / ".join(
            str(row[k]) for k in ("true_accepted", "true_rejected", "false_accepted", "false_rejected")
        )
        lines.append(f"| {verifier} | {balanced} | {counts} | {row['unparsable']} |")
    return lines


def _accuracy(
    problems: list[TinyProblem], labels: list[Labels], key: Callable[[TinyProblem], Any]
) -> dict[str, tuple[float, int]]:
    groups: dict[Any, list[bool]] = defaultdict(list)
    for problem, truth in zip(problems, labels, strict=True):
        groups[key(problem)].append(truth.answer_correct)
    return {str(name): (sum(hits) / len(hits), len(hits)) for name, hits in sorted(groups.items())}


def main(
    model: Annotated[Path, typer.Option(help="Folder of the model.")] = ASSETS / "tiny",
    problem_set: Annotated[str, typer.Option("--set", help="validation, validation-2 or test.")] = "test",
    answer_format: Annotated[str, typer.Option(help="boxed or json.")] = "boxed",
    limit: Annotated[int | None, typer.Option(help="Every n-th problem, to this many.")] = None,
    num_judged: Annotated[int, typer.Option(help="Own answers that the judge is asked about.")] = 200,
    out: Annotated[Path | None, typer.Option(help="JSON file for the figures.")] = None,
) -> None:
    """Print accuracy and judge figures of a model; with --out, also write them as JSON."""
    loaded, tokenizer = load_float32(model)
    problems = load_set(problem_set)
    if limit:
        problems = problems[:: max(1, len(problems) // limit)][:limit]
    result = evaluate(loaded, tokenizer, problems, answer_format, num_judged)
    result |= {"set": problem_set, "answer_format": answer_format}
    result["handwritten"] = handwritten_accuracy(loaded, tokenizer)
    typer.echo(table(result))
    typer.echo(f"\nno final answer: {result['without_answer']}; hand-written: {result['handwritten']}")
    if out:
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
