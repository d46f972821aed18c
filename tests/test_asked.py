"""What the options of `seek-viz run` say; `test_cli.py` makes the runs."""

from __future__ import annotations

import pytest

from seek_viz.cli.options import as_typed, chosen_problem, given_settings
from seek_viz.errors import UserError
from seek_viz.problems.problem import bundled_problems

BUNDLED = bundled_problems()["test"][0]


def test_only_what_was_given_counts() -> None:
    changes, called = given_settings({"learning_rate": "0.1", "max_updates": "3"}, ["verdicts=graded"])
    assert changes == {"learning_rate": 0.1, "max_updates": 3, "verdicts": "graded"}
    assert called == {"learning_rate": "--eta", "max_updates": "-K", "verdicts": "--set verdicts"}


@pytest.mark.parametrize("others", [["learning_rate=0.2"], ["verdicts=hard", "verdicts=graded"]])
def test_a_setting_given_twice_is_refused(others: list[str]) -> None:
    with pytest.raises(UserError, match="Keep one of them"):
        given_settings({"learning_rate": "0.1", "seed": "3"}, others)


def test_errors_speak_of_what_was_typed() -> None:
    for called, told in (({}, "--eta"), ({"learning_rate": "--set learning_rate"}, "--set learning_rate")):
        with pytest.raises(UserError, match=f"^{told}: got 9"), as_typed(called):
            raise UserError("learning_rate", 9, "less", "Lower it.")
    with pytest.raises(UserError, match="^question"), as_typed({}):
        raise UserError("question", "", "some text", "Type one.")


def test_another_gold_answer_makes_the_problem_ones_own() -> None:
    assert chosen_problem(BUNDLED.id, None, None) == BUNDLED
    assert chosen_problem(BUNDLED.id, None, BUNDLED.gold) == BUNDLED
    other = chosen_problem(BUNDLED.id, None, "12345")
    assert (other.id, other.question, other.gold) == ("own", BUNDLED.question, "12345")
