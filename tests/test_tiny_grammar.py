"""The grammar is exact, seeded, varied, and its held-out sets are apart from each other."""

import collections
import itertools
import random

import pytest
from transformers import AutoTokenizer

from seek_viz import ASSETS
from seek_viz.problems.grammar import FAMILIES, TIERS, TinyProblem, make_problem
from seek_viz.problems.labels import final_answer, label, parse_equations
from seek_viz.problems.program import Program, ways
from seek_viz.problems.sets import (
    BEFORE_TRAINING,
    PROBLEMS_DIR,
    SETS,
    exclusion_keys,
    held_out_keys,
    load_set,
)
from seek_viz.problems.values import is_writable, number_text, parse_number
from seek_viz.problems.wording import as_json, chain_of_thought
from seek_viz.training.batches import POOL, ExampleBatches, Stream
from seek_viz.training.examples import ROUND_1
from seek_viz.training.problem_sets import README, make_set
from seek_viz.training.seen import look_alikes, seen_in_training


def _problems(count, seed=5):
    rng = random.Random(seed)
    return [make_problem(rng) for _ in range(count)]


def test_same_seed_same_problems():
    assert [p.to_dict() for p in _problems(40)] == [p.to_dict() for p in _problems(40)]
    assert _problems(5, seed=1) != _problems(5, seed=2)


def test_gold_is_the_value_of_the_program_and_survives_the_file():
    for problem in _problems(300):
        values = problem.program.run()
        assert problem.gold == number_text(problem.program.gold)
        assert all(is_writable(value) and value > 0 for value in values.values())
        assert TinyProblem.from_dict(problem.to_dict()).program.run() == values


def test_every_given_number_stands_in_the_question():
    words_for = {"2": ("twice", "Half"), "3": ("third",), "4": ("quarter",)}
    for problem in _problems(300):
        for value in problem.program.givens.values():
            text = number_text(value)
            spelled = any(word in problem.question for word in words_for.get(text, ()))
            assert text in problem.question or spelled, problem.question


def test_every_chain_of_thought_is_right_and_ends_in_the_gold():
    rng = random.Random(9)
    for problem in _problems(300):
        for text in (chain_of_thought(problem.program, rng), as_json(chain_of_thought(problem.program, rng))):
            assert all(equation.is_right for equation in parse_equations(text)), text
            assert len(parse_equations(text)) == problem.num_steps
            assert parse_number(final_answer(text)) == parse_number(problem.gold)
            labels = label(problem, text)
            verdicts = (
                labels.calculation_check,
                labels.answer_correct,
                labels.answer_completeness,
                labels.understanding_check,
            )
            assert all(verdicts), (problem.question, text, labels)


def test_other_ways_have_the_same_value():
    found = 0
    for problem in _problems(200):
        for way in ways(problem.program):
            assert way.gold == problem.program.gold
            found += way is not problem.program
    assert found > 50


def test_chains_of_one_problem_vary_in_order_and_wording():
    program = Program.from_dict(
        {
            "givens": {"g0": "2", "g1": "3", "g2": "4", "g3": "5"},
            "steps": [["s0", "mul", ["g0", "g1"]], ["s1", "mul", ["g2", "g3"]], ["s2", "add", ["s0", "s1"]]],
        }
    )
    rng = random.Random(0)
    texts = {chain_of_thought(program, rng) for _ in range(60)}
    firsts = {parse_equations(text)[0].left for text in texts}
    assert len(texts) > 40
    assert {"2*3", "4*5"} <= firsts


@pytest.mark.parametrize("tier", TIERS)
def test_tiers_keep_their_bounds(tier):
    rng, families = random.Random(3), collections.Counter()
    low, high = TIERS[tier].steps
    for _ in range(400):
        problem = make_problem(rng, tier)
        families[problem.family] += 1
        assert low <= problem.num_steps <= high
        assert problem.largest <= TIERS[tier].level.limit
    assert len(families) >= 14
    assert set(families) <= set(FAMILIES)


def test_held_out_sets_are_apart_and_balanced():
    sets = {name: load_set(name) for name in SETS}
    keys = {name: set().union(*(exclusion_keys(p) for p in problems)) for name, problems in sets.items()}
    for one, other in itertools.combinations(SETS, 2):
        assert not keys[one] & keys[other]
    ids = [problem.id for problems in sets.values() for problem in problems]
    assert len(set(ids)) == len(ids)
    for name, problems in sets.items():
        assert len({p.question for p in problems}) == len(problems)
        assert len({p.program.signature() for p in problems}) == len(problems)
        assert collections.Counter(p.tier for p in problems) == SETS[name].per_tier
        assert all(p.gold == number_text(p.program.gold) for p in problems)
    assert held_out_keys() == set().union(*keys.values())


def test_the_files_are_what_the_command_writes():
    taken: set[str] = set()
    for name in BEFORE_TRAINING:
        made = make_set(name, taken)
        assert [problem.to_dict() for problem in made] == [problem.to_dict() for problem in load_set(name)]
    assert (PROBLEMS_DIR / "README.md").read_text(encoding="utf-8") == README


def test_a_test_problem_is_none_that_training_drew():
    """Of what can be drawn again, the beginning; the command that writes the set goes through all of it."""
    excluded, test = held_out_keys(BEFORE_TRAINING), held_out_keys(("test",))
    for drawn in (seen_in_training(excluded), look_alikes(excluded)):
        for problem in itertools.islice(drawn, 1_000):
            assert not exclusion_keys(problem) & test


def test_training_is_drawn_again_as_it_was():
    """Every question in the first batches of round 1 is among the problems that `seen` says it drew."""
    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "tiny")
    excluded = held_out_keys(BEFORE_TRAINING)
    stream = Stream(1, 0, ROUND_1, 4_096, excluded)
    batches = itertools.islice(ExampleBatches(stream, tokenizer, None), 8)
    texts = [tokenizer.decode(row, skip_special_tokens=True) for ids, _, _ in batches for row in ids]
    seen = [problem.question for problem in itertools.islice(seen_in_training(excluded), POOL)]
    asked = [text for text in texts if "?" in text]
    assert len(asked) > len(texts) / 2
    assert all(any(question in text for question in seen) for text in asked)
