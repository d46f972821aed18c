"""Two methods on the same problems: who is right where the other is wrong.

    d_i        share of a method's seeds that are right on problem i, less the other's share
    p          two-sided exact binomial test of #{d_i > 0} against #{d_i < 0} at 1/2; with one seed this is
               the exact McNemar test on the discordant pairs
    interval   of the mean of d: normal, after adding one d of +1 and one of -1 (Bonett and Price 2012,
               J. Educ. Behav. Stat. 37(4), for proportions from paired data)
    Holm       step-down over all comparisons of a table (Holm 1979)

Seeds are averaged within a problem first: runs of one problem are no independent observations.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seek_viz.bench.methods import CONTROLS, COT, ORACLES, SAMPLING, control_of
from seek_viz.bench.outcomes import Outcome

_Z = 1.959964
_SAME_BUDGET = (0.5, 2.0)
"""A sampling method is at the same budget where its mean tokens are within this ratio of the other's."""

Group = tuple[str, str]
"""(method, setting)"""


def paired(ours: Mapping[str, float], theirs: Mapping[str, float]) -> dict[str, Any]:
    """Compare two methods on the problems that both have.

    Args:
        ours: problem -> share of this method's runs that are right, from 0 to 1.
        theirs: the same of the other method.

    Returns:
        `problems`; `better` and `worse`, problems with more and with fewer right runs; `difference` of the
        accuracies with `low` and `high` of its 95 % interval, all in shares; `p`.
    """
    gaps = [ours[problem] - theirs[problem] for problem in ours if problem in theirs]
    better, worse = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
    padded = [*gaps, 1.0, -1.0]
    centre = sum(padded) / len(padded)
    spread = sum(gap * gap for gap in padded) / len(padded) - centre * centre
    half = _Z * math.sqrt(spread / len(padded))
    return {
        "problems": len(gaps),
        "better": better,
        "worse": worse,
        "difference": sum(gaps) / len(gaps) if gaps else 0.0,
        "low": max(-1.0, centre - half),
        "high": min(1.0, centre + half),
        "p": exact_binomial(better, worse),
    }


def exact_binomial(better: int, worse: int) -> float:
    """Two-sided p of a split at least as uneven, were both sides equally likely."""
    count, few = better + worse, min(better, worse)
    tail = sum(math.comb(count, k) for k in range(few + 1))
    return float(min(1.0, 2 * tail / 2**count))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values, in the order given; they bound the chance of any false claim among all."""
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def comparisons(outcomes: Iterable[Outcome], against: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Each method against the chain of thought, and against what it has to be told apart from.

    Args:
        outcomes: of a bench, all methods and seeds.
        against: methods to compare every other one with; empty takes its control of the same setting, and
            the sampling methods that spend about the same tokens (half to twice), oracles with oracles.

    Returns:
        A row for each pair: `method`, `setting`, `against`, `against_setting`, what `paired` says, `p_holm`.
    """
    groups: dict[Group, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.method, outcome.setting].append(outcome)
    share_of = {group: shares(members) for group, members in groups.items()}
    tokens = {
        group: sum(o.solver_tokens + o.verifier_tokens for o in members) / len(members)
        for group, members in groups.items()
    }
    rows = []
    for ours in groups:
        for theirs in groups:
            if ours != theirs and _to_compare(ours, theirs, tokens, against):
                named = {"method": ours[0], "setting": ours[1], "against": theirs[0]}
                rows.append(named | {"against_setting": theirs[1]} | paired(share_of[ours], share_of[theirs]))
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = adjusted
    return rows


def shares(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Problem -> share of its runs whose answer is right."""
    right: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        right[outcome.problem_id].append(bool(outcome.after))
    return {problem: sum(each) / len(each) for problem, each in right.items()}


def _to_compare(ours: Group, theirs: Group, tokens: Mapping[Group, float], against: Sequence[str]) -> bool:
    if theirs[0] == COT:
        return True
    if ours[0] == COT:
        return False
    if against:
        # Two runs of the loop belong together in the same setting; samples have settings of their own.
        alike = theirs[0] in SAMPLING or ours[0] in SAMPLING or ours[1] == theirs[1]
        return theirs[0] in against and ours[0] not in against and alike
    if theirs[0] in SAMPLING:
        ratio = tokens[theirs] / tokens[ours] if tokens[ours] else 0.0
        fair = (theirs[0] in ORACLES) == (ours[0] in ORACLES)
        return ours[0] not in (*SAMPLING, *CONTROLS) and fair and _SAME_BUDGET[0] <= ratio <= _SAME_BUDGET[1]
    return theirs[0] in control_of(ours[0]) and ours[1] == theirs[1]
