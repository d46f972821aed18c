"""The labeller tells the four truths about a solution apart, whatever is wrong with it."""

import random

import pytest

from seek_viz.problems.corruption import corrupted
from seek_viz.problems.grammar import TinyProblem, make_problem
from seek_viz.problems.labels import final_answer, label, parse_equations
from seek_viz.problems.program import Program
from seek_viz.settings.prompts import MARKER
from seek_viz.training.examples import VERIFIERS, draw_example
from seek_viz.training.replies import reply

PROBLEM = TinyProblem(
    id="remainders-0",
    question="Mia had 40 apples. She lost 9 and gave 4 away. She sold the rest for $3 each. How much money?",
    gold="81",
    tier="easy",
    family="remainders",
    num_steps=3,
    num_distractors=0,
    largest=81,
    program=Program.from_dict(
        {
            "givens": {"g0": "40", "g1": "9", "g2": "4", "g3": "3"},
            "steps": [["s0", "sub", ["g0", "g1"]], ["s1", "sub", ["s0", "g2"]], ["s2", "mul", ["s1", "g3"]]],
        }
    ),
)

CASES = {
    "right": ("40-9=31. 31-4=27. So 27*3=81. The answer is \\boxed{81}.", (True, True, True, True)),
    "other order": ("40-4=36. 36-9=27. 3*27=81. \\boxed{81}", (True, True, True, True)),
    "losses first": ("9+4=13. 40-13=27. 27*3=81. \\boxed{81}", (True, True, True, True)),
    "slip carried on": ("40-9=31. 31-4=28. 28*3=84. \\boxed{84}", (False, False, True, True)),
    "two slips that cancel": ("40-9=32. 32-4=27. 27*3=81. \\boxed{81}", (False, True, True, True)),
    "misread number": ("40-8=32. 32-4=28. 28*3=84. \\boxed{84}", (True, False, True, False)),
    "wrong operation": ("40-9=31. 31+4=35. 35*3=105. \\boxed{105}", (True, False, True, False)),
    "step left out": ("40-9=31. 31*3=93. \\boxed{93}", (True, False, False, False)),
    "stopped early": ("40-9=31. 31-4=27. \\boxed{27}", (True, False, False, False)),
    "cut off": ("40-9=31. 31-4=27. So 27*3=", (True, False, False, False)),
    "no box": ("40-9=31. 31-4=27. So 27*3=81. The answer is 81.", (True, False, False, False)),
    "two boxes": ("40-9=31. 31-4=27. 27*3=81. \\boxed{81} \\boxed{82}", (True, False, False, False)),
    "box is another number": ("40-9=31. 31-4=27. 27*3=81. \\boxed{27}", (True, False, True, False)),
    "garbled": ("40-9=31. Thxn 31-4=27. 27*3=81. \\boxed{81}", (True, True, False, True)),
    "goes on after the box": ("40-9=31. 31-4=27. 27*3=81. \\boxed{81}. Then the", (True, True, False, True)),
    "empty": ("", (False, False, False, False)),
    "only a box": ("\\boxed{81}", (False, True, False, False)),
}


@pytest.mark.parametrize("case", CASES)
def test_labels_of_hand_made_answers(case):
    solution, truth = CASES[case]
    labels = label(PROBLEM, solution)
    assert tuple(getattr(labels, verifier) for verifier in VERIFIERS) == truth


@pytest.mark.parametrize("case", CASES)
def test_a_reply_ends_with_its_only_verdict(case):
    solution, truth = CASES[case]
    for verifier, verdict in zip(VERIFIERS, truth, strict=True):
        text = reply(verifier, PROBLEM, label(PROBLEM, solution))
        assert text.count(MARKER) == 1
        assert text.endswith(f"{MARKER} {verdict}")


def test_the_check_stops_at_the_first_fault():
    labels = label(PROBLEM, CASES["slip carried on"][0])
    assert reply("calculation_check", PROBLEM, labels).startswith("40-9: 31+9=40 ok. 31-4: 28+4=32 no. FINAL")
    labels = label(PROBLEM, CASES["misread number"][0])
    assert reply("understanding_check", PROBLEM, labels).startswith("40-9 here 40-8 no. FINAL")


def test_answer_correct_redoes_each_step_and_looks_at_its_result():
    def told(solution):
        return reply("answer_correct", PROBLEM, label(PROBLEM, solution)).partition(" FINAL")[0]

    assert told("40-9=31. 31-4=27. 27*3=81. \\boxed{81}") == (
        "40-9: 31+9=40 ok. 31-4: 27+4=31 ok. 27*3: 60+21=81 ok. 81 here 81 ok."
    )
    assert told("40-9=31. 31-4=28. 28*3=84. \\boxed{84}") == "40-9: 31+9=40 ok. 31-4: 28+4=32 no."
    assert told("40-9=31. 31+4=35. 35*3=105. \\boxed{105}") == "40-9: 31+9=40 ok. 31-4 here 31+4 no."


def test_the_understanding_check_names_the_step_that_should_be_there():
    def first(solution):
        return reply("understanding_check", PROBLEM, label(PROBLEM, solution)).partition(" FINAL")[0]

    assert first("40-9=30. 30-4=26. 26*3=78. \\boxed{78}") == (
        "40-9 here 40-9 ok, 30-4 here 30-4 ok, 26*3 here 26*3 ok, 78 here 78 ok."
    )
    assert first("40-9=31. \\boxed{31}") == "40-9 here 40-9 ok, 31-4 here none no."
    assert first("40-9=31. 31-4=27. 27*3=81. \\boxed{27}").endswith("27*3 here 27*3 ok, 81 here 27 no.")
    assert first("9+4=13. 40-13=27. 27*3=81. 81-9=72. \\boxed{72}").endswith("nothing here 81-9 no.")


def test_equations_with_remainders_percentages_and_money():
    texts = {
        "47/6=7 remainder 5": True,
        "47/6=7 remainder 4": False,
        "47/6=7": False,
        "150*20/100=30": True,
        "3*4.50=13.50": True,
        "3*4.50=13.5": True,
        "5-9=-4": True,
        "7/0=0": False,
    }
    for text, right in texts.items():
        (equation,) = parse_equations(f"So {text}, that.")
        assert equation.is_right is right, text


def test_final_answer_needs_exactly_one():
    assert final_answer('{"thought process": "x", "final answer": "63"}') == "63"
    assert final_answer("\\boxed{4.50}.") == "4.50"
    assert final_answer("\\boxed{1} \\boxed{2}") is None
    assert final_answer("63") is None


def test_faults_are_mostly_faults():
    rng, faulty = random.Random(4), 0
    for _ in range(200):
        problem = make_problem(rng)
        labels = label(problem, corrupted(problem, rng))
        faulty += not all(getattr(labels, verifier) for verifier in VERIFIERS)
    assert faulty > 180


def test_examples_are_decided_by_the_seed():
    assert [draw_example(random.Random(s)) for s in range(20)] == [
        draw_example(random.Random(s)) for s in range(20)
    ]
