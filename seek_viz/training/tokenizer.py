"""The bundled model's tokenizer: byte-level BPE with 1,024 tokens and single digits.

Single digits keep arithmetic regular (one token, one digit); the 256 bytes in the alphabet let any
text be encoded.
"""

from __future__ import annotations

import random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from seek_viz.settings.prompts import MARKER
from seek_viz.training.examples import draw_example

VOCAB_SIZE = 1024
PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CHAT_TEMPLATE = (
    "{% for m in messages %}{{'<|im_start|>'+m['role']+'\\n'+m['content']+'<|im_end|>\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{'<|im_start|>assistant\\n'}}{% endif %}"
)


def build_tokenizer(num_examples: int = 12_000, seed: int = 7) -> PreTrainedTokenizerFast:
    """Train the tokenizer on texts of the grammar: questions, solutions, verifier replies."""
    rng = random.Random(seed)
    texts = []
    for _ in range(num_examples):
        messages, completion = draw_example(rng)
        texts += [message["content"] for message in messages] + [completion]
    # The verdict should be one token, as it is the one that counts.
    texts += [f"{MARKER} {verdict}" for verdict in (True, False)] * (num_examples // 3)
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token=END, pad_token=PAD, extra_special_tokens=[PAD, START, END]
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
