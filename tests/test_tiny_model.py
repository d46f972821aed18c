"""The bundled model's folder loads anywhere, and its tokenizer keeps any text."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoConfig, AutoTokenizer

from seek_viz.settings.prompts import TINY

MODEL = Path(__file__).parents[1] / "assets" / "tiny"


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(MODEL)


def test_any_text_survives_the_tokenizer(tokenizer):
    @settings(max_examples=100, deadline=None)
    @given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
    def survives(text):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text

    survives()


def test_digits_are_single_tokens(tokenizer):
    assert tokenizer.tokenize("12*345=4140") == list("12*345=4140")


def test_specials_and_chat_form(tokenizer):
    assert tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]) == [0, 1, 2]
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, len(tokenizer)) == (0, 2, 1024)
    chat = TINY.verify("answer_correct", "1+1?", "1+1=2. \\boxed{2}")
    text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert text == (
        "<|im_start|>system\nanswer_correct<|im_end|>\n<|im_start|>user\n1+1?\n1+1=2. \\boxed{2}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_folder_is_small_and_complete():
    config = AutoConfig.from_pretrained(MODEL)
    assert config.vocab_size == 1024
    assert sum(file.stat().st_size for file in MODEL.iterdir()) < 10e6
    assert "safetensors" in {file.suffix[1:] for file in MODEL.iterdir()}
    assert (MODEL / "README.md").is_file()
