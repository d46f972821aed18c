"""Drills are right, checks go another way than the calculation and tell right from wrong."""

import random
import re

import pytest

from seek_viz.problems.arithmetic import check, drill, random_equation
from seek_viz.problems.labels import parse_equations


def test_every_drawn_equation_is_right_and_its_check_agrees():
    rng, ops = random.Random(2), set()
    for _ in range(2000):
        (equation,) = parse_equations(random_equation(rng))
        assert equation.is_right, equation
        assert check(equation).endswith(" ok.")
        assert equation.claimed <= 999
        ops.add((equation.signs, equation.rest is not None))
    assert len(ops) == 6


@pytest.mark.parametrize(
    ("equation", "checked"),
    [
        ("31+5=36", "31+5: 36-5=31 ok."),
        ("31+5=46", "31+5: 46-5=41 no."),
        ("31-5=26", "31-5: 26+5=31 ok."),
        ("37*6=212", "37*6: 180+42=222 no."),
        ("37*14=518", "37*14: 370+148=518 ok."),
        ("14*37=518", "14*37: 370+148=518 ok."),
        ("123*6=738", "123*6: 600+138=738 ok."),
        ("6*7=42", "6*7: 42 ok."),
        ("4.50*6=27", "4.50*6: 24+3=27 ok."),
        ("84/7=13", "84/7: 70+21=91 no."),
        ("47/6=7 remainder 5", "47/6: 42+5=47 ok."),
        ("47/6=7 remainder 4", "47/6: 42+4=46 no."),
        ("47/6=6 remainder 11", "47/6: 36+11=47 no."),
        ("150*20/100=30", "150*20/100: 3000/100=30 ok."),
        ("7/0=0", "7/0: none no."),
        ("5-9=-4", "5-9: -4 ok."),
        ("1+2+3=6", "1+2+3: 6 ok."),
    ],
)
def test_how_an_equation_is_checked(equation, checked):
    (parsed,) = parse_equations(equation)
    assert check(parsed) == checked


def test_a_drill_answers_what_it_asks():
    rng, kinds = random.Random(3), set()
    for _ in range(200):
        asked, answer = drill(rng)
        if "=" in asked:
            kinds.add("check")
            verdicts = [equation.is_right for equation in parse_equations(asked)]
            assert [word == "ok" for word in re.findall(r" (ok|no)\.", answer)] == verdicts
        else:
            kinds.add("calculate")
            solved = parse_equations(answer)
            assert [equation.left for equation in solved] == asked.split(", ")
            assert all(equation.is_right for equation in solved)
    assert kinds == {"check", "calculate"}
