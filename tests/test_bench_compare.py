"""Paired tests against values worked out by hand or published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from seek_viz.bench.compare import comparisons, exact_binomial, holm, paired
from seek_viz.bench.methods import METHODS, ORACLES, REREAD, control_of
from seek_viz.bench.outcomes import Outcome


def outcome(method: str, problem: str, after: bool, setting: str = "", tokens: int = 100) -> Outcome:
    return Outcome(
        method=method,
        setting=setting,
        problem_id=problem,
        tier="",
        before=False,
        after=after,
        parsed_before=True,
        parsed_after=True,
        num_updates=1,
        stop_reason="",
        solver_tokens=tokens,
        verifier_tokens=0,
        num_flips=0,
        right_within=(),
        first_judged={},
        later_judged={},
    )


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (5, 0, 2 / 32),
        (6, 0, 2 / 64),
        (9, 1, 2 * 11 / 1024),
    ],
)
def test_exact_binomial(better: int, worse: int, p: float) -> None:
    assert exact_binomial(better, worse) == pytest.approx(p, rel=1e-4)
    assert exact_binomial(worse, better) == exact_binomial(better, worse)


@given(better=st.integers(0, 300), worse=st.integers(0, 300))
def test_exact_binomial_is_that_of_scipy(better: int, worse: int) -> None:
    """scipy comes with scikit-learn, which the tests use already."""
    if better + worse:
        published = binomtest(better, better + worse, 0.5).pvalue
        assert exact_binomial(better, worse) == pytest.approx(published, rel=1e-9)


def test_holm_against_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # R: p.adjust
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_never_lowers(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    by_p = [q for _, q in sorted(zip(p_values, adjusted, strict=True))]
    assert by_p == sorted(by_p)


def test_paired_difference_with_its_interval() -> None:
    """Bonett and Price 2012 by hand: n = 40, 10 and 2 discordant pairs: (11 - 3) / 42 and its width."""
    ours = {f"p{n}": float(n < 30) for n in range(40)}
    theirs = {f"p{n}": float(10 <= n < 30 or n in (38, 39)) for n in range(40)}
    found = paired(ours, theirs)
    assert (found["problems"], found["better"], found["worse"]) == (40, 10, 2)
    assert found["difference"] == pytest.approx(8 / 40)
    half = 1.959964 * ((14 / 42 - (8 / 42) ** 2) / 42) ** 0.5
    assert (found["low"], found["high"]) == pytest.approx((8 / 42 - half, 8 / 42 + half))
    assert found["p"] == exact_binomial(10, 2)


def test_only_problems_that_both_have_are_compared() -> None:
    found = paired({"a": 1.0, "b": 1.0, "c": 0.0}, {"b": 0.0, "c": 0.0, "d": 1.0})
    assert (found["problems"], found["better"], found["worse"], found["difference"]) == (2, 1, 0, 0.5)
    nothing = paired({}, {"a": 1.0})
    assert (nothing["problems"], nothing["p"]) == (0, 1.0)


def test_every_method_has_the_control_with_its_own_settings() -> None:
    for name in (*METHODS, *REREAD):
        for control in control_of(name):
            host, _ = REREAD.get(control, (control, {}))
            assert METHODS[host]["direction"] != "gradient"
    assert "random-self-coherent" in control_of("self-coherent")
    assert "accepted-random-coherent" in control_of("accepted-coherent")
    assert "random-psrm-independent" in control_of("psrm-independent")
    assert control_of("random-self-coherent") == control_of("sc-3") == control_of("cot") == ()
    assert {"psrm-coherent", "pass-10"} <= ORACLES


def pairs(outcomes: list[Outcome], *against: str) -> set[tuple[str, str]]:
    return {(row["method"], row["against"]) for row in comparisons(outcomes, against)}


def test_what_is_compared_with_what() -> None:
    spent = {"cot": 50, "self-coherent": 1000, "random-self-coherent": 700, "bon-3": 900, "sc-3": 200}
    spent |= {"psrm-coherent": 300, "pass-3": 250, "sc-10": 900}
    outcomes = [outcome(m, p, True, "" if m == "cot" else "s", t) for m, t in spent.items() for p in "ab"]
    found = pairs(outcomes)
    assert {(method, "cot") for method in spent if method != "cot"} <= found
    assert ("self-coherent", "random-self-coherent") in found
    assert ("self-coherent", "bon-3") in found
    assert ("self-coherent", "sc-10") in found
    assert ("psrm-coherent", "pass-3") in found
    assert ("random-self-coherent", "sc-10") not in found
    assert not {("self-coherent", "sc-3"), ("self-coherent", "pass-3"), ("psrm-coherent", "sc-3")} & found
    named = pairs(outcomes, "sc-3")
    assert {(m, "sc-3") for m in spent if m not in ("cot", "sc-3")} <= named
    assert ("self-coherent", "bon-3") not in named


def test_settings_are_compared_with_their_own_control() -> None:
    outcomes = [
        outcome(method, "a", True, setting)
        for method in ("self-coherent", "random-self-coherent")
        for setting in ("eta 0.1, rho 1", "eta 0.2, rho 1")
    ]
    rows = comparisons(outcomes)
    assert {(row["setting"], row["against_setting"]) for row in rows} == {
        ("eta 0.1, rho 1", "eta 0.1, rho 1"),
        ("eta 0.2, rho 1", "eta 0.2, rho 1"),
    }
