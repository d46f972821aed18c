import pytest
from hypothesis import given
from hypothesis import strategies as st

from seek_viz.settings.prompts import GENERAL, MARKER, PROMPT_SETS, TINY, WEIGHTS, PromptSet

nasty = st.sampled_from(
    [
        "{}",
        "{0}",
        "{question}",
        "{solution}",
        "{{",
        "}",
        "<script>alert(1)</script>",
        "${7*7}",
        "`x`",
        "%s",
        "\\boxed{}",
    ]
)
texts = st.lists(nasty | st.text(max_size=20), max_size=6).map("".join)
sets = st.sampled_from([GENERAL, TINY])


@given(sets, st.sampled_from(["boxed", "json"]), texts)
def test_any_question_survives(prompts: PromptSet, answer_format: str, question: str) -> None:
    empty = prompts.solve("", answer_format)
    filled = prompts.solve(question, answer_format)
    assert question in filled[-1]["content"]
    assert [len(a["content"]) - len(b["content"]) for a, b in zip(filled, empty, strict=True)][-1] == len(
        question
    )


@given(sets, st.sampled_from(list(WEIGHTS)), texts, texts)
def test_any_question_and_solution_survive(
    prompts: PromptSet, verifier: str, question: str, solution: str
) -> None:
    before, after = prompts.verify(verifier, "\0", "\1")[-1]["content"].split("\0")
    between, after = after.split("\1")
    assert (
        prompts.verify(verifier, question, solution)[-1]["content"]
        == before + question + between + solution + after
    )


@pytest.mark.parametrize("prompts", PROMPT_SETS.values(), ids=PROMPT_SETS)
def test_every_set_has_both_formats_and_the_four_verifiers(prompts: PromptSet) -> None:
    assert set(prompts.solver) == {"boxed", "json"}
    assert list(prompts.verifiers) == list(WEIGHTS)
    asked = [str(prompts.verify(name, "Q", "S")) for name in WEIGHTS]
    assert len(set(asked)) == 4


def test_general_set_asks_for_the_marker_and_the_form() -> None:
    for name in WEIGHTS:
        assert MARKER in GENERAL.verify(name, "Q", "S")[-1]["content"]
    assert "\\boxed{}" in GENERAL.solve("Q")[0]["content"]
    assert '"final answer"' in GENERAL.solve("Q", "json")[-1]["content"]
