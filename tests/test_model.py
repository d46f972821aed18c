from __future__ import annotations

import dataclasses
import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import torch
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from hypothesis import given
from hypothesis import strategies as st
from models import CHAT_TEMPLATE, HEAD, SIZES, byte_tokenizer, save_family, with_generation_config
from tokenizers import Tokenizer, decoders, models
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from seek_viz.engine.seek import new_trace, seek
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.model.loading import eos_ids, revision_of
from seek_viz.problems.problem import Problem
from seek_viz.record.tokens import whole_characters
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import GENERAL, TINY
from seek_viz.settings.registry import ModelEntry, model_entry

IDS = torch.tensor([[1, 40, 41, 42, 300, 7, 2, 99]])


@pytest.mark.parametrize("family", ["Qwen2", "Qwen3", "Llama", "Mistral"])
def test_unembedded_hidden_states_are_the_models_own_logits(
    family: str, family_lms: dict[str, FrozenLM]
) -> None:
    lm = family_lms[family]
    assert lm.identity.architecture == f"{family}ForCausalLM"
    with torch.no_grad():
        hidden_BTD = lm.last_hidden(IDS)
        torch.testing.assert_close(lm.unembed(hidden_BTD), lm.model(input_ids=IDS).logits)
    assert hidden_BTD.shape == (1, 8, 16)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("Gemma2", {"final_logit_softcapping": 3.0}),
        ("Granite", {"logits_scaling": 8.0}),
        ("Cohere", {"logit_scale": 0.25}),
        ("Qwen2", {"tie_word_embeddings": True}),
    ],
)
def test_what_a_family_does_after_lm_head(family: str, changes: dict[str, Any], tmp_path: Path) -> None:
    lm = FrozenLM.load(str(save_family(family, tmp_path, **changes)))
    with torch.no_grad():
        hidden_BTD = lm.last_hidden(IDS)
        torch.testing.assert_close(lm.unembed(hidden_BTD), lm.model(input_ids=IDS).logits)
        plain = lm.model.get_output_embeddings()(hidden_BTD)
    assert torch.allclose(lm.unembed(hidden_BTD), plain) == (family == "Qwen2")


def test_unembed_is_differentiable_in_the_hidden_state_alone(family_lm: FrozenLM) -> None:
    h = torch.randn(3, 16, requires_grad=True)
    family_lm.unembed(h).sum().backward()
    assert h.grad is not None
    assert all(p.grad is None and not p.requires_grad for p in family_lm.model.parameters())


def test_padding_on_the_left_changes_nothing(family_lm: FrozenLM) -> None:
    padded = torch.cat([torch.zeros(1, 3, dtype=torch.long), IDS], 1)
    mask = (torch.arange(11) >= 3).long()[None]
    with torch.no_grad():
        torch.testing.assert_close(
            family_lm.last_hidden(padded, mask_BS=mask)[:, 3:],
            family_lm.last_hidden(IDS),
            rtol=1e-4,
            atol=1e-5,
        )


def test_a_cache_stands_for_the_tokens_read(family_lm: FrozenLM) -> None:
    cache = family_lm.new_cache()
    with torch.no_grad():
        family_lm.last_hidden(IDS[:, :5], cache=cache)
        kept = family_lm.copied(cache)
        rest = family_lm.last_hidden(IDS[:, 5:], cache=cache)
        torch.testing.assert_close(rest, family_lm.last_hidden(IDS)[:, 5:], rtol=1e-4, atol=1e-5)
    assert (kept.get_seq_length(), cache.get_seq_length()) == (5, 8)


@pytest.mark.parametrize("decode_mode", ["independent", "coherent"])
def test_a_run_leaves_the_weights_as_they_were(family_lm: FrozenLM, decode_mode: str) -> None:
    before = {name: tensor.clone() for name, tensor in family_lm.model.state_dict().items()}
    config = SeekConfig(
        decode_mode=decode_mode,
        learning_rate=0.5,
        rho=0.5,
        max_updates=2,
        max_new_tokens=12,
        max_verifier_tokens=4,
    )
    for _pair in seek(family_lm, new_trace(family_lm, Problem("p", "1 + 1?", "2"), config)):
        pass
    for name, tensor in family_lm.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert all(p.grad is None and not p.requires_grad for p in family_lm.model.parameters())
    assert not family_lm.model.training


# --- Text and tokens ----------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 319), max_size=12))
def test_pieces_join_to_the_text(family_lms: dict[str, FrozenLM], token_ids: list[int]) -> None:
    lm = family_lms["Qwen2"]
    pieces = lm.pieces(token_ids)
    assert len(pieces) == len(token_ids)
    assert "".join(pieces) == lm.text(token_ids, keep_special=True)


@given(st.text(max_size=12))
def test_pieces_of_any_text(family_lms: dict[str, FrozenLM], text: str) -> None:
    lm = family_lms["Qwen2"]
    assert "".join(lm.pieces(lm.encode(text))) == text


def test_a_character_of_several_bytes_belongs_to_its_last_token(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen2"]
    ids = lm.encode("a\U0001f600b")
    assert lm.pieces(ids) == ["a", "", "", "", "\U0001f600", "b"]


def test_a_token_of_part_of_a_character_is_named_by_its_bytes(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen2"]
    ids = lm.encode("a\U0001f600é b")
    parts = ("", "⟨F0⟩", "⟨9F⟩", "⟨98⟩", "⟨80⟩", "⟨C3⟩", "⟨A9⟩")
    assert lm.byte_parts(ids)[:7] == parts
    assert [lm.name(i) for i in ids][1:7] == list(parts[1:])
    assert lm.byte_parts(lm.encode("ab")) == ()
    faces = whole_characters(lm.pieces(ids), lm.byte_parts(ids))
    assert faces == {1: "\U0001f600", 2: "\U0001f600", 3: "\U0001f600", 4: "\U0001f600", 5: "é", 6: "é"}
    broken = [*ids[:3], *lm.encode("b")]  # the character is never finished
    assert set(whole_characters(lm.pieces(broken), lm.byte_parts(broken)).values()) == {""}


def test_a_byte_fallback_vocabulary_names_its_bytes(tmp_path: Path) -> None:
    """As SentencePiece models have them: what is in no piece is spelled in bytes."""
    vocabulary = {
        "<unk>": 0,
        "</s>": 1,
        **{f"<0x{byte:02X}>": 2 + byte for byte in range(256)},
        "▁a": 258,
        "b": 259,
    }
    inner = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    inner.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    lm = FrozenLM.load(str(save_family("Llama", tmp_path)))
    lm.tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="</s>")
    ids = [258, *(2 + byte for byte in "é".encode()), 258, 259]
    assert lm.pieces(ids) == ["a", "", "é", " a", "b"]
    assert lm.byte_parts(ids) == ("", "⟨C3⟩", "⟨A9⟩", "", "")


def test_pieces_of_a_long_text_take_time_in_proportion(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen2"]
    ids, read = lm.encode("12 apples, 3 boxes \U0001f600 " * 40), []
    with pytest.MonkeyPatch.context() as patch:
        text = FrozenLM.text
        patch.setattr(
            FrozenLM, "text", lambda lm, ids, **kept: read.append(len(ids)) or text(lm, ids, **kept)
        )
        assert "".join(lm.pieces(ids)) == text(lm, ids, keep_special=True)
    assert sum(read) < 20 * len(ids)


def test_special_tokens_are_kept_on_request(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen2"]
    ids = [*lm.encode("ab"), 2]
    assert (lm.text(ids), lm.text(ids, keep_special=True)) == ("ab", "ab<|im_end|>")


def test_spaces_before_punctuation_stay(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen2"]
    text = "it 's 5 . 5 , no ? do n't !"
    assert lm.text(lm.encode(text)) == text


def test_chat_template(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen2"]
    prompt = lm.render(TINY.solve("1 + 1?"))
    assert prompt == "<|im_start|>user\n1 + 1?<|im_end|>\n<|im_start|>assistant\n"
    assert lm.encode(prompt)[0] == 1
    assert 2 in lm.encode(prompt)


def test_without_a_chat_template_the_contents_are_joined(tmp_path: Path) -> None:
    lm = FrozenLM.load(str(save_family("Qwen2", tmp_path, chat_template=None)))
    prompt = lm.render(GENERAL.solve("1 + 1?"))
    assert prompt.startswith("Work through")
    assert prompt.endswith("\\boxed{}.\n\n1 + 1?\n\n")
    assert lm.encode(prompt)


@given(st.text(max_size=30))
def test_any_question_survives_the_prompt(family_lms: dict[str, FrozenLM], question: str) -> None:
    assert question in family_lms["Qwen2"].render(TINY.solve(question))


def test_end_tokens(family_lms: dict[str, FrozenLM]) -> None:
    """The tokenizer's counts beside the generation config's; -1 and what is beyond the vocabulary do not."""
    lm = family_lms["Qwen2"]
    assert (lm.eos_ids, lm.eos_token) == ((2,), "<|im_end|>")
    for stated, expected in [
        ([2, 0, 50], (2, 0, 50)),
        (0, (0, 2)),
        ([0, 50, 50], (0, 50, 2)),
        (None, (2,)),
        (-1, (2,)),
        ([-1, 320, 10**9, 7], (7, 2)),
        ([], (2,)),
    ]:
        assert with_generation_config(lm, eos_token_id=stated).eos_ids == expected
    assert lm.token_ids_of(("<|im_end|>", "</s>", "<|endoftext|>")) == (0, 2)


def test_without_any_end_token_a_model_writes_to_the_cap_and_says_so(family_lms: dict[str, FrozenLM]) -> None:
    tokenizer = byte_tokenizer()
    tokenizer.eos_token = None
    model = with_generation_config(family_lms["Qwen2"], eos_token_id=-1).model
    lm = FrozenLM(model, tokenizer, ModelEntry("endless", "", prompts=TINY))
    assert lm.eos_ids == ()
    assert lm.notes == ("it states no end token: every answer is written to the token cap",)
    trace = new_trace(
        lm, Problem("p", "1 + 1?"), SeekConfig(reward="constant", max_new_tokens=9, max_updates=1)
    )
    for pair in seek(lm, trace):
        trace = pair[0]
    assert [(len(step.token_ids), step.truncated) for step in trace.steps] == [(9, True)] * 2


def test_the_notes_are_said_when_a_model_is_loaded(tmp_path: Path) -> None:
    opened = CHAT_TEMPLATE.replace("assistant\n' }}", "assistant\n<think>\n' }}")
    with pytest.warns(UserWarning, match="opens a thought whatever"):
        FrozenLM.load(str(save_family("Qwen2", tmp_path, chat_template=opened)))


def test_thinking_reaches_solver_and_verifiers(tmp_path: Path) -> None:
    template = CHAT_TEMPLATE.replace(
        "assistant\n' }}", "assistant\n' }}{% if not enable_thinking %}{{ '<think></think>' }}{% endif %}"
    )
    lm = FrozenLM.load(str(save_family("Qwen2", tmp_path, chat_template=template)))
    for thinking in (False, True):
        config = SeekConfig(thinking=thinking, max_new_tokens=4, max_verifier_tokens=2, max_updates=1)
        trace, _ = next(seek(lm, new_trace(lm, Problem("p", "1 + 1?"), config)))
        prompts = [trace.prompt, *(verdict.prompt for verdict in trace.steps[0].reward.verdicts)]
        assert [prompt.endswith("<think></think>") for prompt in prompts] == [not thinking] * 5


def test_numbers_that_are_not_finite_are_told_as_such(family_folders: dict[str, Path]) -> None:
    lm = FrozenLM.load(str(family_folders["Qwen2"]))
    lm.model.model.layers[0].mlp.up_proj.weight.data[0, 0] = torch.nan
    with pytest.raises(UserError, match="NaN or infinity in the logits of its first tokens, in float32"):
        FrozenLM(lm.model, lm.tokenizer, ModelEntry("damaged", ""))


def test_sampling_filters_follow_the_generation_config(family_lms: dict[str, FrozenLM]) -> None:
    lm = family_lms["Qwen2"]
    assert (lm.sampling_filters(), lm.samples_by_default) == (None, False)
    sampling = with_generation_config(lm, do_sample=True, temperature=0.5, top_k=2, top_p=1.0)
    assert sampling.samples_by_default
    filters = sampling.sampling_filters()
    assert filters is not None
    logits = filters([([5], [])], torch.tensor([[1.0, 3.0, 2.0]]))
    assert logits.tolist() == [[-torch.inf, 6.0, 4.0]]


# --- Loading --------------------------------------------------------------------------------------------


def test_identity(family_folders: dict[str, Path], family_lms: dict[str, FrozenLM]) -> None:
    identity = family_lms["Llama"].identity
    assert (identity.name, identity.hidden_size, identity.vocab_size) == ("Llama", 16, 320)
    assert (identity.dtype, identity.device) == ("float32", "cpu")
    assert [len(part) for part in identity.revision.split("-")] == [12, 16]
    assert identity.revision != family_lms["Qwen2"].identity.revision
    assert FrozenLM.load(str(family_folders["Llama"])).identity == identity


def test_one_changed_weight_is_another_revision(family_folders: dict[str, Path], tmp_path: Path) -> None:
    """In a file of which both ends are as they were; recordings of before know the ends alone."""
    folder = tmp_path / "model"
    folder.mkdir()
    weights = folder / "model.safetensors"
    weights.write_bytes(os.urandom(3 << 20))
    model = FrozenLM.load(str(family_folders["Llama"])).model
    entry = ModelEntry("model", str(folder))
    before = revision_of(entry, model)
    with weights.open("r+b") as file:
        file.seek(1_500_000)
        file.write(b"another")
    after = revision_of(entry, model)
    assert before.split("-")[0] == after.split("-")[0]
    assert before != after
    identity = FrozenLM.load(str(family_folders["Llama"])).identity
    mine, other, old = (
        dataclasses.replace(identity, revision=one) for one in (before, after, before.split("-")[0])
    )
    assert not mine.has_weights_of(other)
    assert mine.has_weights_of(old)
    assert old.has_weights_of(other)


@pytest.mark.parametrize("wrong", ["2", [2, "3"], True, 2.5])
def test_an_end_token_that_is_no_id_is_told(family_lms: dict[str, FrozenLM], wrong: Any) -> None:
    lm = family_lms["Llama"]
    model = SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=wrong), config=lm.model.config)
    with pytest.raises(UserError, match="a token id, or a list of ids"):
        eos_ids(model, lm.tokenizer)


def test_a_name_of_any_length_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("m" * 300, "a\0b"):
        assert model_entry(name).source == name
        with pytest.raises(UserError, match="model"):
            FrozenLM.load(name)


@pytest.mark.parametrize("device", ["cuda:99", "cpu:x", "cpu:", "gpu", "cpu:1"])
def test_a_device_that_is_not_here_is_told(family_folders: dict[str, Path], device: str) -> None:
    with pytest.raises(UserError, match=f"device: got '{device}'"):
        FrozenLM.load(str(family_folders["Llama"]), device=device)


def test_dtype_and_device_map(family_folders: dict[str, Path]) -> None:
    lm = FrozenLM.load(str(family_folders["Qwen2"]), dtype="bfloat16")
    assert (lm.dtype, lm.identity.dtype) == (torch.bfloat16, "bfloat16")
    spread = FrozenLM.load(str(family_folders["Qwen2"]), device_map="auto")
    assert spread.last_hidden(IDS.to(spread.device)).shape == (1, 8, 16)


def test_unknown_dtype(family_folders: dict[str, Path]) -> None:
    with pytest.raises(UserError, match="dtype: got 'int8'"):
        FrozenLM.load(str(family_folders["Qwen2"]), dtype="int8")


def test_missing_folder(tmp_path: Path) -> None:
    for name in (str(tmp_path / "none"), "./none", str(tmp_path)):
        with pytest.raises(UserError, match="model folder.*config.json"):
            FrozenLM.load(name)


def test_unknown_hub_id() -> None:
    with pytest.raises(UserError, match="cannot be reached|could not be loaded"):
        FrozenLM.load("nobody/no-such-model")


def test_encoders_and_sequence_to_sequence_models_are_refused(tmp_path: Path) -> None:
    sizes = {"vocab_size": 320, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    bert = BertConfig(**sizes, intermediate_size=16, max_position_embeddings=64)
    t5 = T5Config(vocab_size=320, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    models = {
        "encoder": BertModel(bert),
        "masked": BertForMaskedLM(bert),
        "t5": T5ForConditionalGeneration(t5),
    }
    for name, model in models.items():
        model.save_pretrained(tmp_path / name)
        byte_tokenizer().save_pretrained(tmp_path / name)
        with pytest.raises(UserError):
            FrozenLM.load(str(tmp_path / name))


def damaged(source: Path, folder: Path, file: str, content: bytes | None) -> str:
    shutil.copytree(source, folder)
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    return str(folder)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b"{}"),
        ("config.json", b"[]"),
        ("config.json", b'{"model_type": "no such family"}'),
        ("config.json", json.dumps({"model_type": "qwen2", **SIZES, "hidden_size": 32}).encode()),
        ("config.json", json.dumps({"model_type": "qwen2", **SIZES, "hidden_size": "wide"}).encode()),
        ("config.json", json.dumps({"model_type": "qwen2", **SIZES, "num_hidden_layers": 3}).encode()),
        ("model.safetensors", None),
        ("model.safetensors", b""),
        ("model.safetensors", b"\x10\0\0\0\0\0\0\0 not a header"),
        ("tokenizer.json", b"{"),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", None),
    ],
)
def test_damaged_folders(
    family_folders: dict[str, Path], tmp_path: Path, file: str, content: bytes | None
) -> None:
    with pytest.raises(UserError):
        FrozenLM.load(damaged(family_folders["Qwen2"], tmp_path / "damaged", file, content))


def test_an_lm_head_that_reads_something_else_is_refused(hand_lm: FrozenLM) -> None:
    class Other(type(hand_lm.model)):  # type: ignore[misc]
        def forward(self, input_ids: torch.Tensor) -> Any:
            output = super().forward(input_ids)
            output.logits = output.logits + 1
            return output

    with pytest.raises(UserError, match="architecture"):
        FrozenLM(Other(HEAD), hand_lm.tokenizer, ModelEntry("other", ""))


def test_the_hand_made_model_is_what_its_comment_says(hand_lm: FrozenLM) -> None:
    with torch.no_grad():
        logits = hand_lm.unembed(hand_lm.last_hidden(torch.tensor([[1, 2, 3, 4]])))
    assert logits[0, 0].tolist() == [0, 1, 2, 0, -2, -9]
    assert logits[0, 1].tolist() == [-2, pytest.approx(1.8), 0, 2, 0, -9]
    assert logits.argmax(-1).tolist() == [[2, 3, 4, 0]]


def test_template_of_the_tests_matches_the_reference_models(reference_lm: FrozenLM) -> None:
    messages = TINY.verify("answer_correct", "Q", "S")
    ours = byte_tokenizer(CHAT_TEMPLATE).apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True
    )
    assert ours == reference_lm.render(messages)


def hub_error(kind: type[Exception]) -> Exception:
    """One of the Hub's errors, as its client raises it."""
    if not issubclass(kind, HfHubHTTPError):
        return kind("of the Hub's client")
    response = httpx.Response(403, request=httpx.Request("GET", "https://huggingface.co/a/model"))
    return kind("of the Hub's client", response=response)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (GatedRepoError, "accept its licence"),
        (RepositoryNotFoundError, "check the spelling"),
        (RevisionNotFoundError, "correct the revision"),
        (HFValidationError, "OWNER/MODEL"),
        (LocalEntryNotFoundError, "cannot be reached"),
    ],
)
def test_each_way_in_which_the_hub_gives_no_model_says_what_to_do(
    kind: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OSError("a library's own words") from hub_error(kind)

    monkeypatch.setattr("seek_viz.model.loading.AutoModelForCausalLM.from_pretrained", refuse)
    with pytest.raises(UserError, match=told) as refused:
        FrozenLM.load("a/model")
    assert "a library's own words" not in str(refused.value)
