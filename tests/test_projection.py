"""Trace -> numbers: paths against hand-made ones, flips, diffs, sentences, sizes."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from views_sample import NUM_PREFIX, REJECTED, TEXTS, sample_regions, sample_trace, tokens_of

from seek_viz.record import Host, Reward, Trace, trace_from_dict, trace_to_dict
from seek_viz.record.alignment import alignment_of
from seek_viz.show import (
    flags,
    flipped,
    prefix_tree,
    regions_view,
    run_view,
    step_view,
    steps_to_flip,
    stop_sentence,
    summary_view,
    token_diff,
    with_path,
)
from seek_viz.show.path import random_walk_shares


def with_latents(*iterates: np.ndarray) -> Trace:
    """The sample's first steps with these latents."""
    trace = sample_trace()
    steps = tuple(
        dataclasses.replace(step, latents_LD=z.astype(np.float32))
        for step, z in zip(trace.steps, iterates, strict=False)
    )
    return with_path(dataclasses.replace(trace, steps=steps, path=None))


def kinds(trace: Trace) -> set[str]:
    return {flag["kind"] for flag in flags(trace)}


# --- path ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 10, 40])
def test_the_shares_of_a_random_walk_of_equal_steps_have_a_closed_form(n: int) -> None:
    i = np.arange(1, n + 1)
    eigenvalues = 1 / (4 * np.sin(np.pi * i / (2 * (n + 1))) ** 2)
    shares = np.zeros(3)
    shares[: min(3, n)] = (eigenvalues / eigenvalues.sum())[:3]
    np.testing.assert_allclose(random_walk_shares(np.full(n, 0.7)), shares, atol=1e-6)
    if n == 10:
        np.testing.assert_allclose(shares, [0.617, 0.157, 0.072], atol=1e-3)


def test_they_are_those_of_walks_that_are_drawn() -> None:
    lengths, rng = np.array([1.6, 1.2, 1.0, 0.4, 3.0]), np.random.default_rng(0)
    steps = rng.standard_normal((5, 40_000))
    steps *= (lengths / np.linalg.norm(steps, axis=1))[:, None]
    walk = np.concatenate([np.zeros((1, 40_000)), steps.cumsum(axis=0)])
    explained = PCA(n_components=3).fit(walk).explained_variance_ratio_
    np.testing.assert_allclose(random_walk_shares(lengths), explained, atol=0.01)


def test_a_path_is_shown_beside_a_walk_with_its_own_lengths_at_each_position() -> None:
    trace = sample_trace()
    norms = np.linspace(1, 2, NUM_PREFIX * 4, dtype=np.float32).reshape(4, NUM_PREFIX)
    steps = [trace.steps[0]]
    for step, norm_L in zip(trace.steps[1:], norms, strict=False):
        steps.append(dataclasses.replace(step, update=dataclasses.replace(step.update, step_norm_L=norm_L)))
    trace = dataclasses.replace(trace, steps=tuple(steps))
    latents = run_view(trace)["latents"]
    n = len(steps) - 1
    wholes = np.full(n, trace.steps[1].update.step_norm)
    np.testing.assert_allclose(latents["prefix"]["walk"], random_walk_shares(wholes), rtol=1e-3)
    for position in (0, NUM_PREFIX - 1):
        wanted = random_walk_shares(norms[:n, position])
        np.testing.assert_allclose(latents["positions"][position]["walk"], wanted, rtol=1e-3)
    assert f"random walk {100 * latents['prefix']['walk'][0]:.1f} %" in json.dumps(
        run_view(trace)["figures"]["path2d"]["layout"]
    )


def test_an_old_recording_has_the_lengths_of_the_whole_prefix_at_each_position() -> None:
    latents = run_view(sample_trace())["latents"]
    assert latents["positions"][0]["walk"] == latents["prefix"]["walk"]


def test_a_straight_path_lies_on_the_first_component() -> None:
    direction = np.array([[3.0, 0.0], [0.0, 4.0]])
    path = with_latents(0 * direction, direction, 2 * direction).path
    np.testing.assert_allclose(path.prefix_K3[:, 0], [-5, 0, 5], atol=1e-5)
    np.testing.assert_allclose(path.prefix_K3[:, 1:], 0, atol=1e-5)
    np.testing.assert_allclose(path.prefix_explained_3, [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(path.positions_LK3[1, :, 0], [-4, 0, 4], atol=1e-5)


def test_an_l_shaped_path_has_the_shares_worked_out_by_hand() -> None:
    # Points (0,0), (2,0), (2,2): the centred scatter is [[8/3, 4/3], [4/3, 8/3]], eigenvalues 4 and 4/3.
    iterates = [np.array([[x, y]]) for x, y in ((0, 0), (2, 0), (2, 2))]
    path = with_latents(*iterates).path
    np.testing.assert_allclose(path.prefix_explained_3, [0.75, 0.25, 0], atol=1e-6)
    np.testing.assert_allclose(path.prefix_K3[:, 0], [-np.sqrt(2), 0, np.sqrt(2)], atol=1e-6)


def test_the_path_is_that_of_a_principal_component_analysis() -> None:
    trace = sample_trace()
    flat_KD = np.stack([step.latents_LD.ravel() for step in trace.steps])
    pca = PCA(n_components=3).fit(flat_KD)
    np.testing.assert_allclose(np.abs(trace.path.prefix_K3), np.abs(pca.transform(flat_KD)), atol=1e-4)
    np.testing.assert_allclose(trace.path.prefix_explained_3, pca.explained_variance_ratio_, atol=1e-6)


def test_a_path_starts_on_the_left_and_stays_there_as_it_grows() -> None:
    trace = sample_trace()
    for length in range(2, len(trace.steps) + 1):
        path = with_path(dataclasses.replace(trace, steps=trace.steps[:length])).path
        assert (path.prefix_K3[0] <= 1e-6).all()


@pytest.mark.parametrize("shape", [(0, 4), (2, 4)])
@pytest.mark.parametrize("count", [1, 2])
def test_paths_without_variance_or_positions_are_zeros(shape: tuple[int, int], count: int) -> None:
    path = with_latents(*[np.ones(shape)] * count).path
    assert path.prefix_K3.shape == (count, 3)
    assert path.positions_LK3.shape == (shape[0], count, 3)
    assert not path.prefix_K3.any()
    assert not path.prefix_explained_3.any()


def test_a_recorded_path_survives_the_file_and_a_second_projection() -> None:
    trace = sample_trace()
    loaded = with_path(trace_from_dict(trace_to_dict(trace)))
    np.testing.assert_array_equal(loaded.path.prefix_K3, trace.path.prefix_K3)
    assert run_view(loaded) == run_view(trace)


# --- regions ------------------------------------------------------------------------------------


def test_a_point_says_its_own_token_and_the_one_that_the_slice_has_under_it() -> None:
    trace = sample_trace()
    trace = dataclasses.replace(trace, regions=sample_regions(trace))
    view = regions_view(trace)
    assert (view["size"], view["left_out"], sorted(view["maps"])) == (8, [20], ["5", "6", "7", "8"])
    for one in trace.regions.maps:
        shown = view["maps"][str(one.position)]
        for point in shown["points"]:
            own = trace.steps[point["k"]].tokens[one.position]
            assert shown["tokens"][point["own"]] == own
            row, column = int(point["y"] * 8), int(point["x"] * 8)
            assert point["under"] == one.picks.reshape(8, 8)[row, column]
            assert point["off"] == 0.25
            assert not point["carried"]
        assert sorted(shown["hues"]) == list(range(len(shown["tokens"])))
        assert shown["hues"][shown["points"][0]["own"]] == 0


def test_a_token_that_the_slice_has_nowhere_is_not_taken_for_another() -> None:
    trace = sample_trace(decode_mode="coherent")
    one = sample_regions(trace).maps[3]
    gone = dataclasses.replace(one, token_ids_R=(-1, *one.token_ids_R[1:]))
    regions = dataclasses.replace(sample_regions(trace), maps=(gone,))
    points = regions_view(dataclasses.replace(trace, regions=regions))["maps"]["8"]["points"]
    assert points[0]["own"] is None
    assert [point["carried"] for point in points] == [
        k > 0 and trace.steps[k].token_ids[:8] != trace.steps[k - 1].token_ids[:8] for k in range(5)
    ]


def test_a_recording_without_regions_has_none() -> None:
    assert run_view(sample_trace())["regions"] is None


# --- push -----------------------------------------------------------------------------------------


def test_the_numbers_of_a_push_are_those_of_its_loss() -> None:
    trace = sample_trace()
    view = step_view(trace, 2)
    push = view["push"]
    assert push["reward"] == pytest.approx(trace.steps[1].reward.value, rel=1e-3)
    assert push["num_tokens"] == NUM_PREFIX
    assert push["sum_log_prob"] == pytest.approx(-0.3 * NUM_PREFIX)
    assert step_view(trace, 0)["push"] is None


def test_only_changes_that_can_be_seen_are_shown_most_moved_position_first() -> None:
    shift = step_view(sample_trace(), 2)["push"]["shift"]
    assert (shift["most"], len(shift["positions"])) == (2, NUM_PREFIX)
    at = shift["positions"]["2"]
    assert at["lost"] == [[" then", 0.4, 0.1], [" we", 0.2, 0.1], ["7", 0.1, 0.05]]
    assert at["gained"][0] == [sample_trace().steps[2].tokens[2], 0.1, 0.5]
    assert len(at["gained"]) == 4


def test_a_recording_of_version_1_shows_the_push_without_what_it_moved() -> None:
    trace = sample_trace()
    update = dataclasses.replace(trace.steps[1].update, shift=None)
    steps = (trace.steps[0], dataclasses.replace(trace.steps[1], update=update))
    assert step_view(dataclasses.replace(trace, steps=steps), 1)["push"]["shift"] is None


# --- tree -----------------------------------------------------------------------------------------


def test_a_tree_of_four_texts_worked_out_by_hand() -> None:
    assert prefix_tree([[1, 2, 3], [1, 2, 4, 5], [1, 2], [1, 2, 3]]) == [
        {"parent": None, "first": 0, "end": 2, "texts": [0, 1, 2, 3], "ends": [2]},
        {"parent": 0, "first": 2, "end": 3, "texts": [0, 3], "ends": [0, 3]},
        {"parent": 0, "first": 2, "end": 4, "texts": [1], "ends": [1]},
    ]
    assert prefix_tree([]) == []
    assert prefix_tree([[7], [8]])[0] == {"parent": None, "first": 0, "end": 0, "texts": [0, 1], "ends": []}


@given(st.lists(st.lists(st.integers(0, 2), max_size=7), min_size=1, max_size=9))
def test_the_branches_of_a_tree_join_back_to_the_texts(texts: list[list[int]]) -> None:
    nodes = prefix_tree(texts)
    for k, text in enumerate(texts):
        (leaf,) = [i for i, node in enumerate(nodes) if k in node["ends"]]
        joined: list[int] = []
        at: int | None = leaf
        while at is not None:
            node = nodes[at]
            assert k in node["texts"]
            assert at > (node["parent"] if node["parent"] is not None else -1)
            joined = texts[node["texts"][0]][node["first"] : node["end"]] + joined
            at = node["parent"]
        assert joined == text


@given(st.lists(st.lists(st.integers(0, 2), max_size=7), min_size=1, max_size=9))
def test_branches_part_where_their_tokens_first_differ(texts: list[list[int]]) -> None:
    nodes = prefix_tree(texts)
    for i, node in enumerate(nodes):
        branches = [one for one in nodes if one["parent"] == i]
        tokens = [texts[one["texts"][0]][one["first"]] for one in branches]
        assert len(set(tokens)) == len(tokens)
        assert len(branches) + bool(node["ends"]) != 1 or node["ends"]
        assert sorted(node["ends"] + [k for one in branches for k in one["texts"]]) == node["texts"]
        assert all(one["first"] == node["end"] for one in branches)


def test_the_tree_of_a_long_run_needs_no_deep_stack() -> None:
    texts = [[0] * k + [1] for k in range(1500)]
    assert len(prefix_tree(texts)) == 2 * 1500 - 1


# --- text ---------------------------------------------------------------------------------------


def test_a_substitution_flips_one_position_and_an_insertion_shifts_what_follows() -> None:
    text = "To begin, take 15 * 6 = 90. Now add: 88 + 90 = 178."
    start, other, longer, again = sample_trace(
        (text, text.replace("90.", "80."), text.replace("take", "just take"), text), REJECTED[:4]
    ).steps
    assert flipped(None, start) == [False] * start.num_prefix
    assert [t for t, flip in enumerate(flipped(start, other)) if flip] == [start.tokens.index("9")]
    inserted = alignment_of(start, longer)
    assert [t for t, flip in enumerate(inserted.flips) if flip] == [longer.tokens.index(" just")]
    assert inserted.shifts == [0] * 4 + [1] * (longer.num_prefix - 4)
    back = alignment_of(longer, again)
    assert (back.num_flips, back.num_shifted, back.dropped) == (0, again.num_prefix - 3, (3,))


def test_steps_to_flip_extrapolates_a_shrinking_margin() -> None:
    first, second, *_ = sample_trace().steps
    first, second = (
        dataclasses.replace(step, token_ids=ids, num_prefix=3)
        for step, ids in ((first, (1, 2, 3, 4)), (second, (1, 2, 5, 6)))
    )
    before = dataclasses.replace(first.reading, margin_L=np.array([3.0, 3.0, 3.0], np.float32))
    ids = before.top_ids_L5[:3]
    other = ids + np.array([[0], [0], [1]], np.int32)
    after = dataclasses.replace(before, top_ids_L5=other, margin_L=np.array([2.0, 3.5, 1.0], np.float32))
    before = dataclasses.replace(before, top_ids_L5=ids)
    estimates = steps_to_flip(
        dataclasses.replace(first, reading=before), dataclasses.replace(second, reading=after)
    )
    assert estimates == [2, None, None]


def test_steps_to_flip_compares_a_shifted_token_with_itself() -> None:
    first, second, *_ = sample_trace().steps
    margins = [np.array(row, np.float32) for row in ([8.0, 3.0, 4.0], [7.0, 7.0, 2.0])]
    ids = [np.tile(np.array([row], np.int32).T, 5) for row in ([1, 2, 3], [1, 9, 2])]
    first, second = (
        dataclasses.replace(
            step,
            num_prefix=3,
            token_ids=(*ids_L5[:, 0].tolist(), 4),
            reading=dataclasses.replace(step.reading, top_ids_L5=ids_L5, margin_L=margin_L),
        )
        for step, ids_L5, margin_L in zip((first, second), ids, margins, strict=True)
    )
    assert alignment_of(first, second).shifts == [0, 0, 1]
    assert steps_to_flip(first, second) == [7, None, 2]


def test_a_diff_changes_whole_words_and_numbers() -> None:
    before, after = (
        ["The", " sum", " is", " ", "1", "6", "8"],
        ["The", " sum", " is", " ", "1", "1", "3", "."],
    )
    assert token_diff(before, after) == [("replace", 4, 7, 4, 8)]
    assert token_diff(before, before) == []
    assert token_diff([], after) == [("insert", 0, 0, 0, 8)]


def test_a_diff_of_a_text_without_spaces_marks_what_changed() -> None:
    before, after = (["共", "有", second, "张", "卡", "片", "。"] for second in ("八", "九"))
    assert token_diff(before, after) == [("replace", 2, 3, 2, 3)]


def test_a_diff_of_long_repetitive_texts_is_bounded() -> None:
    """The aligner's work is the table of words; `difflib` took minutes for these."""
    before, after = ([" a", " b"] * 1000, [" b", " a", " c"] * 667)
    ops = token_diff(before, after)
    kept = len(after) - sum(j_end - j for *_, j, j_end in ops)
    assert kept == len(before) - sum(i_end - i for _, i, i_end, *_ in ops)
    assert kept > 600


def test_a_diff_rebuilds_the_new_text() -> None:
    tokens = [tokens_of(text) for text in TEXTS]
    for before in tokens:
        for after in tokens:
            rebuilt = list(before)
            for _, i, i_end, j, j_end in reversed(token_diff(before, after)):
                rebuilt[i:i_end] = after[j:j_end]
            assert rebuilt == after


# --- story --------------------------------------------------------------------------------------


def test_the_sentence_of_an_accepted_run() -> None:
    assert stop_sentence(sample_trace()) == "Accepted after 4 updates: R = 0.00 rose above τ = −0.20."


def test_the_sentence_of_a_run_that_made_no_update() -> None:
    trace = sample_trace(TEXTS[-1:], REJECTED[-1:])
    assert stop_sentence(trace).startswith(
        "Accepted before the first update: R = 0.00 rose above τ = −0.20. 0 upd"
    )


def test_the_sentence_of_a_run_out_of_updates() -> None:
    trace = sample_trace(
        TEXTS[:4], (*REJECTED[:2], ("answer_correct",), REJECTED[0]), max_updates=3, return_iterate="last"
    )
    sentence = stop_sentence(trace)
    assert sentence.startswith("All K = 3 updates were used: R = −0.67 is not above τ = −0.20.")
    assert sentence.endswith("Returned the last text, but iteration 2 was better (R = −0.17).")


def test_the_sentence_of_a_reward_above_tau_that_a_verifier_holds_back() -> None:
    trace = sample_trace(TEXTS[:3], (*REJECTED[:2], ("answer_correct",)), max_updates=2)
    assert "R = −0.17 is above τ = −0.20, but a verifier still rejects." in stop_sentence(trace)


def test_the_sentence_of_an_answer_accepted_in_spite_of_a_rejection() -> None:
    trace = sample_trace(TEXTS[:3], (*REJECTED[:2], ("answer_correct",)))
    trace = dataclasses.replace(trace, stop_reason="accepted")
    sentence = stop_sentence(trace)
    assert "Accepted although answer correct did not approve." in sentence
    assert "The reward accepted a wrong answer." in sentence


def test_the_sentence_of_a_run_without_positions() -> None:
    trace = dataclasses.replace(sample_trace(TEXTS[:1], REJECTED[:1], num_prefix=0), stop_reason="no_latents")
    assert stop_sentence(trace).startswith("Nothing to optimise: ρ = 0.3")


def test_a_run_that_goes_on_has_no_sentence() -> None:
    trace = dataclasses.replace(sample_trace(), stop_reason=None)
    assert stop_sentence(trace) is None
    assert run_view(trace)["stop"] is None


def test_flags_name_the_failure_modes() -> None:
    assert {"fixed", "reward_up_wrong", "oscillation"} <= kinds(sample_trace())
    assert "broken" in kinds(sample_trace(TEXTS[::-1], REJECTED))
    same = sample_trace(TEXTS[:1] * 3, REJECTED[:1] * 3)
    assert {"constant_reward", "no_flip"} <= kinds(same)
    assert "noisy_reward" in kinds(sample_trace(TEXTS[:1] * 2, (REJECTED[0], ())))
    assert "format_repair" in kinds(sample_trace(("I do not know.", TEXTS[-1]), (REJECTED[0], ())))


def test_what_holds_over_a_run_holds_so_far_until_it_has_ended() -> None:
    ended = sample_trace(TEXTS[:1] * 3, REJECTED[:1] * 3)
    for trace, words in ((ended, "throughout"), (dataclasses.replace(ended, stop_reason=None), "so far")):
        told = {flag["kind"]: flag["text"] for flag in flags(trace)}
        assert words in told["constant_reward"]
        assert ("so far" in told["no_flip"]) == (words == "so far")
    paused = dataclasses.replace(ended, steps=ended.steps[:2], stop_reason=None)
    assert not {"constant_reward", "no_flip"} & kinds(paused)


def test_momentum_without_a_gradient_is_flagged() -> None:
    trace = sample_trace(TEXTS[:3], REJECTED[:3])
    first, second, third = trace.steps
    norms = np.full(NUM_PREFIX, 0.1, np.float32)
    shorter = dataclasses.replace(
        second, update=dataclasses.replace(second.update, step_norm_L=norms, log_prob_L=norms[:-2])
    )
    still = dataclasses.replace(shorter, reward=Reward(0.0))
    told = {f["kind"]: f["text"] for f in flags(dataclasses.replace(trace, steps=(first, still, third)))}
    assert told["momentum"].startswith("Momentum alone moved 2 positions after the end")
    assert told["no_gradient"] == "R = 0: no gradient; momentum still moved the latents by 0.83."
    quiet = dataclasses.replace(third, update=dataclasses.replace(third.update, step_norm=0.0))
    told = {f["kind"]: f["text"] for f in flags(dataclasses.replace(trace, steps=(first, still, quiet)))}
    assert told["no_gradient"] == "R = 0: no gradient."
    assert "momentum" not in kinds(trace)


def test_a_control_that_is_not_matched_to_a_run_says_so() -> None:
    trace = sample_trace(direction="random")
    assert "unmatched_control" in kinds(trace)
    host = Host("p", "2026", np.ones((1, NUM_PREFIX), np.float32))
    matched = dataclasses.replace(trace, host=host)
    assert "unmatched_control" not in kinds(matched)
    said = [run_view(one)["rule"] for one in (matched, trace, sample_trace())]
    assert [one["formula"] for one in said[:2]] == ["ℓ · u, u a random direction"] * 2
    assert said[0]["length"] == "ℓ: as long as the run's step"  # no η: it is without effect
    assert "not matched to a run" in said[1]["length"]
    assert said[2] == {
        "formula": "Adam(η, R ∇Σ log π(argmax))",
        "length": "Adam, η = 0.05",
        "control": False,
    }
    assert "unmatched_control" not in kinds(sample_trace())


def test_a_flip_back_is_found_where_the_text_has_shifted() -> None:
    text = "To begin, take 15 * 6 = 90. Now add: 88 + 90 = 178. So 178 it is."
    there, back = text.replace("15", "16"), text.replace("To begin", "To just begin")
    assert "oscillation" in kinds(sample_trace((text, there, back), REJECTED[:3]))
    longer = text.replace("To begin", "To just begin")
    assert "oscillation" not in kinds(sample_trace((text, longer, longer), REJECTED[:3]))


def test_an_update_that_only_drops_a_token_did_something() -> None:
    text = "To just begin, take 15 * 6 = 90. Now add: 88 + 90 = 178. So 178 it is."
    shorter = text.replace(" just", "")
    assert "no_flip" not in kinds(sample_trace((text, shorter, shorter), REJECTED[:3]))


def test_flags_of_single_steps() -> None:
    trace = sample_trace(TEXTS[-1:], REJECTED[:1])
    (step,) = trace.steps
    assert "false_negative" in kinds(trace)
    unreadable = dataclasses.replace(step.reward.verdicts[0], ruling="unparsable")
    odd = dataclasses.replace(step, truncated=True, reward=Reward(-1.0, (unreadable,)))
    assert {"truncated", "unparsable"} <= kinds(dataclasses.replace(trace, steps=(odd,)))


def test_a_flag_that_comes_up_often_stands_once_and_names_its_iterations() -> None:
    right = sample_trace(TEXTS[-1:] * 4, REJECTED[:1] * 4)
    (flag,) = [flag for flag in flags(right) if flag["kind"] == "false_negative"]
    assert flag["iteration"] == 0
    assert flag["text"].endswith("does not accept it; alike at 1, 2, 3.")
    twice = sample_trace(TEXTS[-1:] * 2, REJECTED[:1] * 2)
    assert [flag["iteration"] for flag in flags(twice) if flag["kind"] == "false_negative"] == [0, 1]


# --- view ---------------------------------------------------------------------------------------


def test_the_parts_of_a_reward_add_up_to_it() -> None:
    for step in run_view(sample_trace())["steps"]:
        assert sum(part["value"] for part in step["parts"]) == pytest.approx(step["reward"], abs=1e-3)


def test_the_format_rule_is_a_part_of_its_own() -> None:
    trace = sample_trace(TEXTS[:1], REJECTED[:1])
    reward = dataclasses.replace(trace.steps[0].reward, value=-1.0, format_penalty=1 / 3)
    trace = dataclasses.replace(trace, steps=(dataclasses.replace(trace.steps[0], reward=reward),))
    assert run_view(trace)["steps"][0]["parts"][-1] == {"name": "format", "value": -0.3333}


def test_an_oracle_reward_is_one_part() -> None:
    trace = sample_trace(TEXTS[:1], REJECTED[:1], reward="psrm")
    steps = (dataclasses.replace(trace.steps[0], reward=Reward(-1.0)),)
    view = run_view(dataclasses.replace(trace, steps=steps))
    assert view["steps"][0]["parts"] == [{"name": "psrm", "value": -1.0}]
    assert view["verifiers"] == []


def test_what_is_not_finite_becomes_null() -> None:
    trace = sample_trace(TEXTS[:2], REJECTED[:2])
    update = dataclasses.replace(trace.steps[1].update, loss=float("nan"), gradient_norm=float("inf"))
    broken = dataclasses.replace(trace.steps[1], update=update)
    view = run_view(dataclasses.replace(trace, steps=(trace.steps[0], broken)))
    assert view["steps"][1]["loss"] is None
    json.dumps(view, allow_nan=False)


def test_a_view_before_the_first_step() -> None:
    view = run_view(dataclasses.replace(sample_trace(), steps=(), stop_reason=None, path=None), "r", "live")
    assert (view["best"], view["returned"], view["latents"], view["steps"]) == (None, None, None, [])
    assert [verifier["weight"] for verifier in view["verifiers"]] == [2, 1, 2, 1]
    json.dumps(view, allow_nan=False)


def test_appending_a_step_gives_the_view_of_the_whole_run() -> None:
    trace = sample_trace()
    shorter = with_path(dataclasses.replace(trace, steps=trace.steps[:-1], stop_reason=None, path=None))
    before = run_view(shorter, "r", "live")
    grown = {**before, **summary_view(trace), "steps": [*before["steps"], step_view(trace, 4)]}
    assert grown == run_view(trace, "r", "live")


def test_settings_that_changed_are_shown_with_their_history() -> None:
    trace = sample_trace()
    later = dataclasses.replace(trace.config, learning_rate=0.4, verdicts="graded")
    steps = (*trace.steps[:3], *(dataclasses.replace(step, config=later) for step in trace.steps[3:]))
    view = run_view(dataclasses.replace(trace, steps=steps, config=later))
    history = {one["key"]: one["history"] for one in view["settings"] if "history" in one}
    assert history == {
        "learning_rate": [[0, 0.05], [3, 0.4]],
        "verdicts": [[0, "hard"], [3, "graded"]],
    }


def test_parts_of_a_reward_are_those_of_the_steps_own_settings() -> None:
    trace = sample_trace()
    verdicts = tuple(dataclasses.replace(one, approval=0.25) for one in trace.steps[1].reward.verdicts)
    reward = dataclasses.replace(trace.steps[1].reward, verdicts=verdicts)
    graded = dataclasses.replace(trace.config, verdicts="graded")
    steps = (trace.steps[0], dataclasses.replace(trace.steps[1], reward=reward, config=graded))
    view = run_view(dataclasses.replace(trace, steps=steps, config=graded, stop_reason=None))
    hard, soft = ({p["name"]: p["value"] for p in step["parts"]} for step in view["steps"])
    assert hard["calculation_check"] == pytest.approx(-2 / 6, abs=1e-3)
    assert soft["calculation_check"] == pytest.approx(-2 * 0.75 / 6, abs=1e-3)
