"""What the benchmark counts, on outcomes worked out by hand."""

from __future__ import annotations

import pytest

from seek_viz.bench import Outcome, evenly_over_tiers, summary, wilson
from seek_viz.errors import UserError
from seek_viz.problem import Problem


def outcome(before: bool, after: bool, **changes: float) -> Outcome:
    values = {"num_updates": 2, "solver_tokens": 100, "verifier_tokens": 40, "num_flips": 6, "elapsed_s": 0.5}
    return Outcome("m", "p", "hard", before, after, stop_reason="max_updates", **{**values, **changes})  # type: ignore[arg-type]


def test_transitions_are_counted() -> None:
    outcomes = [outcome(False, True), outcome(False, False), outcome(True, False), outcome(True, True)]
    result = summary([*outcomes, outcome(True, True, num_updates=7, solver_tokens=200)])
    assert result["problems"] == 5
    assert (result["accuracy_before"], result["accuracy_after"]) == (0.6, 0.6)
    assert (result["fixed"], result["wrong_before"], result["broken"]) == (1, 2, 1)
    assert result["mean_updates"] == 3
    assert result["solver_tokens"] == 120


def test_wilson_interval_against_its_published_example() -> None:
    low, high = wilson(15, 148)  # Newcombe 1998, table I: 0.0624 to 0.1605
    assert low == pytest.approx(0.0624, abs=1e-4)
    assert high == pytest.approx(0.1605, abs=1e-4)


def test_problems_are_taken_evenly_over_the_tiers() -> None:
    problems = [
        Problem(f"{tier}{i}", "How many?", "1", tier) for tier in ("easy", "medium", "hard") for i in range(5)
    ]
    chosen = evenly_over_tiers(problems, "medium,hard", 6)
    assert [p.id for p in chosen] == ["medium0", "hard0", "medium1", "hard1", "medium2", "hard2"]
    assert len(evenly_over_tiers(problems, "all", 100)) == 15
    with pytest.raises(UserError, match="tiers"):
        evenly_over_tiers(problems, "absurd", 6)
