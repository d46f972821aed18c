"""Verdicts: each kind of reply read as a person would, and how sure it was at the very same token."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from models import HandMade
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import nn
from transformers import PreTrainedTokenizerFast, Qwen2Config

from seek_viz import ASSETS
from seek_viz.engine.approval import approval
from seek_viz.engine.decoding import Decoded, Request, Row, decode
from seek_viz.engine.verdicts import Finding, read_verdict
from seek_viz.model import FrozenLM
from seek_viz.record import load_trace
from seek_viz.settings.prompts import MARKER, TINY
from seek_viz.settings.registry import ModelEntry

M = MARKER
APPROVE, REJECT, UNPARSABLE = "approve", "reject", "unparsable"
REPLIES = [
    ("as asked for", f"Fine. {M} True", APPROVE),
    ("said to be wrong", f"{M} True is incorrect", UNPARSABLE),
    ("said to be wrong, if it were", f"{M} True would be incorrect.", UNPARSABLE),
    ("said to be wrong, a rejection", f"{M} False would be wrong", UNPARSABLE),
    ("said to be right", f"{M} True is correct.", APPROVE),
    ("said to be the answer", f"{M} False is my final answer.", REJECT),
    ("said not to be given", f"{M} True cannot be given here, so False", REJECT),
    ("said not to be", f"{M} True is not what I would say", UNPARSABLE),
    ("a box of yes and no", f"{M} True: No", UNPARSABLE),
    ("asked and denied", f"{M} False? No.", UNPARSABLE),
    ("asked and affirmed", f"{M} True? Yes.", APPROVE),
    ("contradicted by a sentence", f"{M} True. The solution is incorrect.", UNPARSABLE),
    ("borne out by a sentence", f"{M} False. The answer is wrong.", REJECT),
    ("explained by a reason", f"{M} False, since the answer is correct but in other units", REJECT),
    ("how sure in percent", f"{M} 100% True", APPROVE),
    ("after the answer", f"{M} 18 is True", APPROVE),
    ("after a sentence", f"{M} All steps are correct. True", APPROVE),
    ("after a sentence with a colon", f"{M} Everything is correct: True", APPROVE),
    ("as asked for, a rejection", f"Wrong. {M} False", REJECT),
    ("nothing else", f"{M} True", APPROVE),
    ("no blank", f"{M}True", APPROVE),
    ("full stop", f"{M} True.", APPROVE),
    ("ideographic full stop", f"{M} True。", APPROVE),
    ("full-width exclamation mark", f"{M} False！", REJECT),
    ("no-break space", f"{M}\u00a0True", APPROVE),
    ("upper case", f"{M} TRUE", APPROVE),
    ("lower case", f"{M} false", REJECT),
    ("marker in lower case", f"{M.lower()} true", APPROVE),
    ("marker as a sentence", "Final verification answer is: True", APPROVE),
    ("marker as a title", "Final Verification Answer: False", REJECT),
    ("marker in a sentence", "The final verification answer is **True**", APPROVE),
    ("marker with underscores", "FINAL_VERIFICATION_ANSWER: False", REJECT),
    ("marker over two lines", "FINAL VERIFICATION\nANSWER IS: True", APPROVE),
    ("no colon", "FINAL VERIFICATION ANSWER IS True", APPROVE),
    ("full-width colon", "FINAL VERIFICATION ANSWER IS：True", APPROVE),
    ("dash", "FINAL VERIFICATION ANSWER IS — False", REJECT),
    ("equals sign", f"{M} = True", APPROVE),
    ("arrow", f"{M} → False", REJECT),
    ("is, once more", f"{M} is True", APPROVE),
    ("bold verdict", f"{M} **True**", APPROVE),
    ("bold marker", "**FINAL VERIFICATION ANSWER IS:** False", REJECT),
    ("all bold", "**FINAL VERIFICATION ANSWER IS: True**", APPROVE),
    ("italic", f"{M} _True_", APPROVE),
    ("heading", "### FINAL VERIFICATION ANSWER IS:\n\n\n\nTrue", APPROVE),
    ("code", f"{M} `True`", APPROVE),
    ("code block", f"{M}\n```\nFalse\n```", REJECT),
    ("quotation", f"{M}\n> True", APPROVE),
    ("list item", f"{M}\n- False", REJECT),
    ("next line", f"{M}\nfalse", REJECT),
    ("several blank lines", f"{M}\n\n\n True", APPROVE),
    ("brackets", f"{M} (True)", APPROVE),
    ("square brackets", f"{M} [True]", APPROVE),
    ("all in brackets", "[FINAL VERIFICATION ANSWER IS: False]", REJECT),
    ("curly quotes", f"{M} “True”", APPROVE),
    ("straight quotes", f'{M} "False"', REJECT),
    ("all quoted", f'"{M} True"', APPROVE),
    ("angle quotes", f"{M} «False»", REJECT),
    ("HTML", f"{M} <b>True</b>", APPROVE),
    ("XML", f"{M} <answer>False</answer>", REJECT),
    ("JSON", '{"FINAL VERIFICATION ANSWER IS": true}', APPROVE),
    ("box", f"{M} $\\boxed{{True}}$", APPROVE),
    ("text in a box", f"{M} $\\boxed{{\\text{{True}}}}$", APPROVE),
    ("text in a box, other delimiters", f"{M} \\(\\boxed{{\\text{{False}}}}\\)", REJECT),
    ("bold in LaTeX", f"{M} \\textbf{{False}}", REJECT),
    ("end token", f"{M} True<|im_end|>", APPROVE),
    ("twice", f"{M} True True", APPROVE),
    ("tick", f"{M} True ✓", APPROVE),
    ("tick alone", f"{M} ✅", APPROVE),
    ("reason", f"{M} True, because every step adds up.", APPROVE),
    ("reason of a rejection", f"{M} False, since 3 + 4 is 7.", REJECT),
    ("reason that names the other word", f"{M} True, because it is not false.", APPROVE),
    ("reason in a new sentence", f"{M} False. It is not true that it adds up.", REJECT),
    ("reason on a new line", f"{M} True\nSo it is not False.", APPROVE),
    ("what would be, on a new line", f"{M} False\nIt would be True if", REJECT),
    ("what would be", f"{M} False. It would be True if the total were 18.", REJECT),
    ("reason behind a dash", f"{M} True - the solution is complete.", APPROVE),
    ("reason in brackets", f"{M} False (the total should be 18)", REJECT),
    ("nothing is false", f"{M} True, no step is false.", APPROVE),
    ("far below", f"{M}" + "\n \n" * 40 + "False", REJECT),
    ("courtesies", f"{M} True\n\nLet me know if you need more.", APPROVE),
    ("goes on with another problem", f"{M} True\n\nThe problem:\nIs 2 + 2 = 5 False?", APPROVE),
    ("sentence", f"{M} The solution is True.", APPROVE),
    ("conclusion", f"{M} Therefore, False.", REJECT),
    ("it is true that the total is", f"{M} It is True that the total is 18.", APPROVE),
    ("it passes", f"{M} It passes, so True", APPROVE),
    ("correct", f"{M} Correct", APPROVE),
    ("incorrect", f"{M} Incorrect.", REJECT),
    ("a sentence with incorrect", f"{M} The answer is incorrect", REJECT),
    ("right", f"{M} Right.", APPROVE),
    ("it does not pass", f"{M} The solution does not pass. False", REJECT),
    ("yes", f"{M} Yes", APPROVE),
    ("no", f"{M} No.", REJECT),
    ("yes, true", f"{M} Yes, True", APPROVE),
    ("negated", f"{M} not True", REJECT),
    ("negated marker", "FINAL VERIFICATION ANSWER IS NOT True", REJECT),
    ("one and not the other", f"{M} True, not False", APPROVE),
    ("one rather than the other", f"{M} False rather than True", REJECT),
    ("I think", f"{M} I think it is True", APPROVE),
    ("struck out", f"{M} ~~True~~ False", REJECT),
    ("label", f"{M} (True/False): True", APPROVE),
    ("last of two", f"{M} True ... wait, step 2 is wrong. {M} False", REJECT),
    ("last of three", f"{M} False\n{M} True\n{M} False", REJECT),
    ("question and answer", f"{M} True? No, False", REJECT),
    ("question and answer, the other way", f"{M} False? No, True.", APPROVE),
    ("table", "| FINAL VERIFICATION ANSWER IS: | True |", APPROVE),
    ("box of another kind", f"{M} \\fbox{{False}}", REJECT),
    ("colour in LaTeX", f"{M} \\textcolor{{red}}{{\\underline{{False}}}}.", REJECT),
    ("size in LaTeX", f"{M} {{\\large\\sffamily True}}", APPROVE),
    ("arrow in LaTeX", f"{M} $\\Rightarrow$ True", APPROVE),
    ("line break of JSON", f"{M}\\nFalse", REJECT),
    ("full-width letters", f"{M} Ｆａｌｓｅ．", REJECT),
    ("mathematical letters", f"{M} 𝐓𝐫𝐮𝐞", APPROVE),
    ("full-width marker", "ＦＩＮＡＬ ＶＥＲＩＦＩＣＡＴＩＯＮ ＡＮＳＷＥＲ ＩＳ：Ｔｒｕｅ", APPROVE),
    ("nothing in it", f"{M} True. Nothing in it is false.", APPROVE),
    ("the true value, in brackets", f"{M} False (the true total is 31)", REJECT),
    ("the true value, in a sentence", f"{M} False. The true answer is 18.", REJECT),
    ("the true value, first in its sentence", f"{M} **False**. True total: 31", REJECT),
    ("the true value, behind a comma", f"{M} False, the true answer being 18", REJECT),
    ("it is true that", f"{M} \\boxed{{False}}. It is true that 3 + 4 = 7, yet the total is off.", REJECT),
    ("the true value, after a colon", f"{M} False [true: 31]", REJECT),
    ("what would be, first in its sentence", f"{M} True. If it were 5, it'd be False.", APPROVE),
    ("styled HTML", f'{M} <span style="color:green">True</span>', APPROVE),
    ("environment of LaTeX", f"{M} \\begin{{center}}False\\end{{center}}", REJECT),
    ("condition behind a comma", f"{M} True, if the rounding is accepted", UNPARSABLE),
    ("the other value", f"{M} True, the other value would be false", APPROVE),
    ("the opposite", f"{M} True — the opposite claim is false.", APPROVE),
    ("a claim of the distractor", f'{M} "True". The claim that 5 is left over is false.', APPROVE),
    ("a question answered", f"{M} True. Is any step wrong? No, none is false.", APPROVE),
    ("an aside with a hedge", f"{M} True. The guess in step 2 is right.", APPROVE),
    ("said so to the other word", f"{M} True. To say False one would need an error.", APPROVE),
    ("cut off at the second marker", f"{M} True\n{M}", APPROVE),
    ("cut off in the second verdict", f"{M} False\n{M} Fa", REJECT),
    ("cut off in the second box", f"{M} False. 3 + 4 is 7.\n\n**{M}** $\\boxed{{\\text{{F", REJECT),
    ("cut off at the third marker", f"{M} False\n{M} False\n{M}", REJECT),
    ("end token behind the second marker", f"{M} True\n{M}<|im_end|>", APPROVE),
    ("cut off in the other verdict", f"{M} True\n{M} Fal", UNPARSABLE),
    ("cut off after a second look", f"{M} True. On a second look step 4 is wrong. {M}", UNPARSABLE),
    ("cut off after a doubt", f"{M} True\nWait, 6 * 7 is 42.\n{M}", UNPARSABLE),
    ("alternatives", f'Please end with "{M} True" or "{M} False".', UNPARSABLE),
    ("alternatives with conditions", f'End with "{M} True" if it is right, else "{M} False".', UNPARSABLE),
    ("alternatives, then a verdict", f"I write {M} True, or {M} False.\n\n{M} True", APPROVE),
    ("a verdict, then alternatives", f'{M} False\n(Either "{M} True" or "{M} False".)', REJECT),
    ("the solution's answer", "The answer is False.", UNPARSABLE),
    ("the solution's result", "The result is True.", UNPARSABLE),
    ("alternative in brackets", f"{M} True (or False)", UNPARSABLE),
    ("alternative behind a comma", f"{M} True, or False", UNPARSABLE),
    ("contradiction in a sentence", f"{M} True. One sum is off and so it is False.", UNPARSABLE),
    ("not sure, afterwards", f"{M} True, but I'm not sure.", UNPARSABLE),
    ("taken back without another", f"{M} True. Wait, step 2.", UNPARSABLE),
    ("taken back", f"{M} True... wait, no, False", REJECT),
    ("taken back in a sentence", f"{M} True. Wait, actually False.", REJECT),
    ("taken back on a new line", f"{M} True\nWait, I made an error. It is False.", REJECT),
    ("corrected", f"{M} False. Correction: True", APPROVE),
    ("words before the marker", f"The solution says 2 + 2 = 5 is True. {M} False", REJECT),
    ("instruction after the verdict", f'{M} True\nAs asked: "{M}" and then True if it passes.', APPROVE),
    ("instruction before the verdict", f'I write "{M}" and then True if it passes.\n\n{M} False', REJECT),
    ("final answer", "Final answer: True", APPROVE),
    ("final verdict", "Final verdict: False", REJECT),
    ("verdict", "The verdict is True.", APPROVE),
    ("verification result", "Verification result: False", REJECT),
    ("final verification", "Final verification: True", APPROVE),
    ("empty", "", UNPARSABLE),
    ("no marker", "True", UNPARSABLE),
    ("no verdict", "The solution says that it is true.", UNPARSABLE),
    ("cut off after the marker", f"Fine. {M}", UNPARSABLE),
    ("cut off in the marker", "Fine. FINAL VERIFICATION ANSW", UNPARSABLE),
    ("cut off in the verdict", f"{M} Tru", UNPARSABLE),
    ("maybe", f"{M} maybe", UNPARSABLE),
    ("hedged", f"{M} probably True", UNPARSABLE),
    ("hedged afterwards", f"{M} True (probably)", UNPARSABLE),
    ("in part", f"{M} partially True", UNPARSABLE),
    ("not sure", f"{M} I am not sure", UNPARSABLE),
    ("whether", f"{M} I cannot say whether it is True", UNPARSABLE),
    ("or", f"{M} True or False", UNPARSABLE),
    ("slash", f"{M} True/False", UNPARSABLE),
    ("slash in brackets", f"{M} [True/False]", UNPARSABLE),
    ("placeholder", f"{M} <True or False>", UNPARSABLE),
    ("either", f"{M} either True or False", UNPARSABLE),
    ("neither", f"{M} neither True nor False", UNPARSABLE),
    ("both", f"{M} True and False", UNPARSABLE),
    ("both, by a comma", f"{M} True, False", UNPARSABLE),
    ("both, on two lines", f"{M} True\nFalse", UNPARSABLE),
    ("contradiction", f"{M} True, but then again it could be False", UNPARSABLE),
    ("contradiction by a conclusion", f"{M} True. But one sum is wrong, so False.", UNPARSABLE),
    ("each in part", f"{M} True for the first step, False for the second", UNPARSABLE),
    ("question", f"{M} True?", UNPARSABLE),
    ("condition", f"{M} True if the rounding is accepted", UNPARSABLE),
    ("unless", f"{M} True unless I misread it", UNPARSABLE),
    ("instruction", f'Close with "{M}" and then True if it passes, or False if not.', UNPARSABLE),
    ("instruction without quotes", f"{M} True if it passes, or False if it does not.", UNPARSABLE),
    ("part of a word", f"{M} untrue", UNPARSABLE),
    ("other word", f"{M} Trueish", UNPARSABLE),
    ("hyphen", f"{M} True-ish", UNPARSABLE),
    ("the answer itself", f"{M} \\boxed{{18}}", UNPARSABLE),
    ("the correct answer", f"{M} The correct answer is 18", UNPARSABLE),
    ("final answer of the problem", "The final answer is 18, which is True.", UNPARSABLE),
    ("none", f"{M} N/A", UNPARSABLE),
]


@pytest.mark.parametrize(("kind", "reply", "ruling"), REPLIES, ids=[kind for kind, *_ in REPLIES])
def test_a_reply_is_read_as_a_person_would(kind: str, reply: str, ruling: str) -> None:
    found = read_verdict(f"{M} True", reply)
    assert found.ruling == ruling
    assert (found.span is None) == (ruling == UNPARSABLE)


def test_the_table_has_each_kind_once() -> None:
    assert len({kind for kind, *_ in REPLIES}) == len(REPLIES) >= 58


def test_the_replies_of_the_recorded_runs_are_read_as_recorded() -> None:
    verdicts = [
        verdict
        for trace in map(load_trace, sorted((ASSETS / "runs").glob("*.json")))
        for step in trace.steps
        for verdict in step.reward.verdicts
        if trace.config.verdict_reading == "reply"
    ]
    assert len(verdicts) > 100
    for verdict in verdicts:
        assert read_verdict(verdict.prompt, verdict.reply).ruling == verdict.ruling, verdict.reply


@pytest.mark.parametrize(
    "said", ["There are no errors.", "The solution has no mistakes", "I found no errors"]
)
def test_a_sentence_can_approve_without_a_word_that_says_how_sure(said: str) -> None:
    assert read_verdict("", f"{M} {said}") == Finding("approve")
    assert read_verdict("", f"{M} {said} but one").ruling == UNPARSABLE


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (f"True or not. {M} **True**, because it is not false", "True"),
        (f"{M} True? No, False", "False"),
        (f"{M} Yes, TRUE", "TRUE"),
        (f"{M} not True", "True"),
        (f"{M} True\nWait, it is False.", "False"),
    ],
)
def test_the_span_is_the_word_that_ruled(reply: str, word: str) -> None:
    start, end = read_verdict("", reply).span or (0, 0)
    assert (reply[start:end], start) == (word, reply.rindex(word))


@pytest.mark.parametrize(
    ("prompt", "reply", "ruling", "start"),
    [
        (f"Close with {M} True or False.", "", APPROVE, None),
        (f"Close with {M} and a word.", "", REJECT, None),
        (f"Close with {M} and a word.", "It is true.", APPROVE, 6),
        (f"Close with {M} True or False.", "No.", APPROVE, None),
        ("", f"{M} False. It is not true that it adds up.", APPROVE, len(M) + 18),
        ("", f"{M} FALSE", REJECT, len(M) + 1),
        ("", f"{M.lower()} true", APPROVE, len(M) + 1),
        ("", f"{M} True, then {M} False", REJECT, 2 * len(M) + 13),
        ("", f"{M} maybe", REJECT, None),
        ("", "True", REJECT, None),
        ("İ", f"{M} True", APPROVE, None),  # two letters in lower case
    ],
)
def test_oddity_4_the_released_reading(prompt: str, reply: str, ruling: str, start: int | None) -> None:
    found = read_verdict(prompt, reply, "released")
    assert (found.ruling, found.span and found.span[0]) == (ruling, start)


PIECES = [
    M,
    "True",
    "False",
    "TRUE",
    "not",
    "no",
    "or",
    "if",
    "wait",
    "?",
    "/",
    "\n",
    " ",
    "**",
    "is",
    "\\boxed{",
    "İ",
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12), st.text(max_size=20))
def test_any_text_gives_a_ruling(pieces: list[str], prompt: str) -> None:
    for reply in ("".join(pieces), " ".join(pieces)):
        for reading in ("reply", "released"):
            found = read_verdict(prompt, reply, reading)
            assert found.ruling in (APPROVE, REJECT, UNPARSABLE)
            if found.span:
                assert reply[slice(*found.span)].isalpha() or len(reply[slice(*found.span)]) == 1


@pytest.mark.parametrize(
    "piece",
    [
        M,
        f"{M} ",
        "final ",
        "verdict ",
        "True? ",
        "True ",
        "not ",
        "\n",
        " ",
        "(",
        "*",
        "wait ",
        "True\n",
        "_",
    ],
)
def test_hostile_lengths_take_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    read_verdict("", text)
    read_verdict("", f"{M} {text}")
    assert read_verdict("", f"{text}\n{M} False").ruling == REJECT


# --- How sure it was ------------------------------------------------------------------------------

MERGES = ["▁ T", "▁T r", "u e", "▁ F", "▁F a", "l s", "ls e", "▁ t", "▁ f"]
WORDS = f"{M} So it is not It would be if".split()


class Parrot(HandMade):
    """Hidden states are the logits, so that a test writes these down."""

    def __init__(self, size: int) -> None:
        nn.Module.__init__(self)
        self.states = nn.Embedding.from_pretrained(torch.eye(size))
        self.head = nn.Linear(size, size, bias=False)
        self.head.weight.data = torch.eye(size)
        self.config = Qwen2Config(
            vocab_size=size, hidden_size=size, num_hidden_layers=1, num_attention_heads=1
        )
        self.generation_config = SimpleNamespace(eos_token_id=[0], do_sample=False, repetition_penalty=1.0)
        self.dtype, self.device = torch.float32, torch.device("cpu")


def spoken(inner: Tokenizer) -> FrozenLM:
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="<end>")
    return FrozenLM(Parrot(inner.get_vocab_size()), tokenizer, ModelEntry("parrot", "", prompts=TINY))


def of_words(*verdicts: str) -> FrozenLM:
    """Each word between blanks is one token."""
    words = ["<end>", "<unk>", *dict.fromkeys([*WORDS, *verdicts])]
    inner = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return spoken(inner)


def of_parts(whole: tuple[str, ...] = ()) -> FrozenLM:
    """SentencePiece's way: "▁Tr", "ue", "▁Fa", "lse", and single characters else."""
    merges = [tuple(each.split()) for each in MERGES]
    merges += [("▁Tr", "ue")] * ("True" in whole)
    characters = sorted(set("▁TrueFals(){}*.$:\\\n" + M + "".join(WORDS) + "boxedtextno"))
    vocabulary = {each: i for i, each in enumerate(["<end>", "<unk>", *characters, *map("".join, merges)])}
    inner = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    inner.decoder = decoders.Metaspace(prepend_scheme="first")
    return spoken(inner)


def heard(
    lm: FrozenLM, reply: str, logits: dict[str, float], reading: str = "reply"
) -> tuple[str, float | None]:
    """Ruling and approval where every position's logits are the given ones, 0 for all others."""
    ids = lm.tokenizer(reply, add_special_tokens=False).input_ids
    hidden = torch.zeros(len(ids), lm.identity.vocab_size)
    for token, logit in logits.items():
        hidden[:, lm.tokenizer.convert_tokens_to_ids(token)] = logit
    text = lm.text(ids)
    found = read_verdict("", text, reading)
    return found.ruling, approval(lm, Decoded(tuple(ids), hidden, truncated=True), found)


def share(difference: float) -> Any:
    return pytest.approx(1 / (1 + math.exp(-difference)), abs=5e-4)


@pytest.mark.parametrize("reading", ["reply", "released"])
@pytest.mark.parametrize(("stated", "other"), [("True", "False"), ("TRUE", "FALSE"), ("true", "false")])
def test_approval_of_a_word_that_is_one_token(stated: str, other: str, reading: str) -> None:
    lm = of_words(stated, other)
    assert heard(lm, f"{M} {stated}", {stated: 3, other: 1}, reading) == (APPROVE, share(2))
    assert heard(lm, f"{M} {other}", {stated: 1, other: 3}, reading) == (REJECT, share(-2))


def test_approval_is_read_where_the_ruling_stands() -> None:
    """Later words of the same kind, each with a distribution of its own, change nothing."""
    lm = of_words("True", "False", "False.")
    for reply, at, expected in (
        (f"{M} True So it is not False", len(M.split()), (APPROVE, share(4))),
        (f"{M} False It would be True if", len(M.split()), (REJECT, share(-4))),
        (f"it is not True So {M} False", 5 + len(M.split()), (REJECT, share(-4))),
    ):
        ids = lm.tokenizer(reply, add_special_tokens=False).input_ids
        hidden = torch.zeros(len(ids), lm.identity.vocab_size)
        for place, token in enumerate(ids):
            hidden[place, token] = 4 if place == at else 9
        found = read_verdict("", lm.text(ids))
        assert (found.ruling, approval(lm, Decoded(tuple(ids), hidden, truncated=True), found)) == expected


def test_released_approval_is_read_at_the_word_that_approved() -> None:
    lm = of_words("False.", "True", "False", "true", "false")
    said = f"{M} False. It is not true"
    assert heard(lm, said, {"true": 2, "false": 1, "False": 9}, "released") == (APPROVE, share(1))
    assert heard(lm, f"{M} So", {"True": 2}, "released") == (REJECT, None)


@pytest.mark.parametrize("opened", ["", "(", "**", "$\\boxed{\\text{"])
def test_approval_of_a_word_of_several_tokens(opened: str) -> None:
    """The first token that differs in the same surroundings: "▁Tr" against "▁Fa", "T" against "F"."""
    lm = of_parts()
    first, second = ("T", "F") if opened else ("▁Tr", "▁Fa")
    assert heard(lm, f"{M} {opened}True", {first: 3, second: 1}) == (APPROVE, share(2))
    assert heard(lm, f"{M} {opened}False", {first: 3, second: 1}) == (REJECT, share(2))


def test_approval_of_one_token_against_several() -> None:
    lm = of_parts(whole=("True",))
    assert heard(lm, f"{M} True", {"▁True": 2, "▁Fa": 1}) == (APPROVE, share(1))
    assert heard(lm, f"{M} False", {"▁True": 2, "▁Fa": 1}) == (REJECT, share(1))


def test_approval_of_a_negated_word_is_that_of_the_ruling() -> None:
    assert heard(of_words("True", "False"), f"{M} not True", {"True": 3, "False": 1}) == (REJECT, share(-2))


def test_no_approval_where_nothing_can_be_told() -> None:
    lm = of_words("True", "True<b>", "wrong", "✅")
    assert heard(lm, f"{M} True", {"True": 3}) == (APPROVE, None)  # "False" is no token here
    assert heard(lm, f"{M} wrong", {"wrong": 3}) == (REJECT, None)
    assert heard(lm, f"{M} ✅", {"✅": 3}) == (APPROVE, None)
    assert heard(lm, f"{M} So", {"True": 3}) == (UNPARSABLE, None)
    assert approval(lm, Decoded((), torch.zeros(0, 0), truncated=True), Finding(REJECT)) is None


def test_approval_of_the_bundled_model() -> None:
    lm = FrozenLM.load("tiny", device="cpu")
    prompt = lm.render(lm.prompts.verify("calculation_check", "1 + 1?", "1+1=2. \\boxed{2}"))
    (decoded,) = decode(lm, Request([Row(lm.encode(prompt), 60)], lm.eos_ids))
    words = lm.pieces(decoded.token_ids)
    at = next(i for i, piece in enumerate(words) if piece.strip() in ("True", "False"))
    ids = [lm.token_of(words[at].replace("True", word).replace("False", word)) for word in ("True", "False")]
    chances = torch.softmax(lm.unembed(decoded.hidden_ND[at])[ids], -1)
    found = read_verdict(prompt, lm.text(decoded.token_ids))
    sure = approval(lm, decoded, found)
    assert sure == pytest.approx(chances[0].item(), abs=1e-3)
    assert (sure > 0.5) == (found.ruling == APPROVE)


@pytest.mark.parametrize(
    "said",
    [
        "True\nOn second thought, False.",
        "True. I was wrong, it's False.",
        "True, I mean False.",
        "True, or rather False",
        "True\n\nTherefore, the answer is False.",
        "True\nFinal verdict: False",
        "True. Actually, no, it is incorrect.",
        "Correct... no, wrong.",
        "True. However, the final answer is wrong.",
        "Yes, there is an error.",
        "No, there are no errors.",
        "[ ] True [x] False",
        "False. I was wrong, it's True.",
        "False\n\nThe final verdict is True",
    ],
)
def test_a_ruling_that_is_taken_back_is_none(said: str) -> None:
    assert read_verdict("", f"FINAL VERIFICATION ANSWER IS: {said}").ruling == "unparsable"


@pytest.mark.parametrize(
    ("said", "ruling"),
    [
        ("True. The final answer is correct.", "approve"),
        ("True. However, the method is long.", "approve"),
        ("True rather than False", "approve"),
        ("It's True", "approve"),
        ("That's False", "reject"),
        ("Absolutely True", "approve"),
        ("Unfortunately, False", "reject"),
        ("Based on the above, True", "approve"),
    ],
)
def test_a_ruling_that_stands(said: str, ruling: str) -> None:
    assert read_verdict("", f"FINAL VERIFICATION ANSWER IS: {said}").ruling == ruling
