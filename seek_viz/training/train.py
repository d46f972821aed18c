"""Train the bundled model: `python -m seek_viz.training.train --preset cpu --out DIR`.

Round 1 teaches solving, and judging of solutions with faults made by program. Then the model answers
fresh problems; round 2 goes on with judging these own answers, right and wrong, mixed with solving. By
then it solves well and judges poorly: round 3 is mostly judging, of answers that it gave after round 2 too.
The solver gets most of its accuracy as round 3 ends, so the judge has never seen the errors that are left:
round 4 is judging the answers of the finished solver.
Rounds are measured in tokens, so that the schedule does not depend on how busy the machine is. A run can
be killed at any time and taken up with --resume; a checkpoint is written every two minutes.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch.nn import functional
from transformers import AutoTokenizer, PreTrainedTokenizerBase, Qwen2ForCausalLM

from seek_viz.problems.sets import held_out_keys
from seek_viz.training.batches import Stream, loader
from seek_viz.training.examples import ROUND_1, ROUND_2, ROUND_3, ROUND_4, Mix, OwnAnswer
from seek_viz.training.network import new_model, save_model
from seek_viz.training.sampling import load_own_answers, sample_own_answers
from seek_viz.training.tokenizer import build_tokenizer


@dataclass(frozen=True)
class Preset:
    """Machine-dependent settings; the recipe does not depend on them."""

    name: str
    device: str
    million_tokens: float
    """Of all rounds together, without padding."""
    tokens_per_batch: int
    num_workers: int
    own_answers: int
    """Samples drawn before each round but the first; scaled down for shorter runs."""


PRESETS = {
    "cpu": Preset("cpu", "cpu", 40, 4_096, 1, 8_192),
    "gpu": Preset("gpu", "cuda", 500, 65_536, 12, 40_960),
}


@dataclass(frozen=True)
class Round:
    """One round of training."""

    share: float
    """Share of the training tokens."""
    peak: float
    """Learning rate after warmup."""
    floor: float
    """Learning rate at the end, reached by a cosine."""
    mix: Mix
    own: int = 1
    """Own answers sampled before it, as a multiple of the preset's number."""
    temperatures: tuple[float, ...] = (0.0, 0.0, 0.6, 0.9)
    """Sampling temperatures, used in turn."""
    judged_from: int = 1
    """The first sampling whose answers it judges: those of a weaker solver have other faults."""


ROUNDS = (
    Round(0.28, 8e-3, 2e-3, ROUND_1),
    Round(0.16, 2e-3, 1e-3, ROUND_2),
    Round(0.36, 2e-3, 0.0, ROUND_3),
    Round(0.2, 1e-3, 0.0, ROUND_4, own=2, temperatures=(0.0, 0.0, 0.0, 0.7), judged_from=3),
)
_DIGIT_WEIGHT, _VERDICT_WEIGHT = 3.0, 10.0
"""Loss of a digit, and of a judge's mark or verdict, against that of a word: these are right or wrong, of
words there are many right ones, and in a reply of 80 tokens the one mark that counts is lost."""
_WARMUP_TOKENS = 350_000
_SAVE_EVERY_S, _EXPORT_EVERY_S, _LOG_EVERY = 120.0, 300.0, 20


class Trainer:
    """The state of a run: weights, optimiser, and how far each round has come."""

    def __init__(self, preset: Preset, out: Path, seed: int, million_tokens: float, resume: bool) -> None:
        self.preset, self.out, self.seed, self.million_tokens = preset, out, seed, million_tokens
        out.mkdir(parents=True, exist_ok=True)
        self.excluded = held_out_keys()
        settings = {"preset": preset.name, "seed": seed, "million_tokens": million_tokens}
        (out / "settings.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")
        self.tokenizer = _tokenizer(out)
        self.model = new_model(seed)
        self.model.to(device=torch.device(preset.device))  # type: ignore[call-arg]
        self.optimizers = _optimizers(self.model)
        digits = self.tokenizer.convert_tokens_to_ids(list("0123456789"))
        self.weight_V = torch.ones(self.model.config.vocab_size, device=preset.device)
        self.weight_V[digits] = _DIGIT_WEIGHT
        self.weight_V[_verdict_ids(self.tokenizer)] = _VERDICT_WEIGHT
        self.progress = {"round": 0, "round_tokens": 0, "pool": 0, "steps": 0, "tokens": 0, "train_s": 0.0}
        if resume and (out / "checkpoint.pt").exists():
            self._load()
        # One dynamic graph: compiling each bucket length on its own takes minutes.
        self.body = torch.compile(self.model.model, dynamic=True)

    def run(self) -> None:
        """Go through the rounds from where the run stands, and export the final model."""
        while self.progress["round"] < len(ROUNDS):
            own = self._own_answers() if self.progress["round"] else None
            self._train_round(ROUNDS[int(self.progress["round"])], own)
            self.progress |= {"round": self.progress["round"] + 1, "round_tokens": 0, "pool": 0}
            self._save()
            save_model(self.model, self.tokenizer, self.out / f"round-{int(self.progress['round'])}")

    def _own_answers(self) -> list[OwnAnswer]:
        """Answers of the model before this round, and those from before earlier rounds that it judges too."""
        number = int(self.progress["round"])
        spec = ROUNDS[number]
        path = self.out / f"own_answers-{number}.jsonl"
        if not path.exists():
            sample_own_answers(
                self.model,
                self.tokenizer,
                path,
                self.excluded,
                self.seed + 1_000 * (number - 1),
                round(spec.own * self.preset.own_answers * self.million_tokens / self.preset.million_tokens),
                spec.temperatures,
            )
        own = [
            answer
            for n in range(spec.judged_from, number + 1)
            for answer in load_own_answers(self.out / f"own_answers-{n}.jsonl")
        ]
        self._log({"own_answers": len(own), "correct": sum(o.labels.answer_correct for o in own)})
        return own

    def _train_round(self, spec: Round, own: list[OwnAnswer] | None) -> None:
        number, budget = int(self.progress["round"]), spec.share * self.million_tokens * 1e6
        stream = Stream(
            self.seed,
            number,
            spec.mix,
            self.preset.tokens_per_batch,
            self.excluded,
            int(self.progress["pool"]),
        )
        batches = loader(stream, self.tokenizer, own, self.preset.num_workers)
        losses: list[float] = []
        saved = exported = clock = time.monotonic()
        while self.progress["round_tokens"] < budget:
            input_ids, labels, pool = next(batches)
            rate = _learning_rate(spec, self.progress["round_tokens"], budget)
            losses.append(self._step(input_ids, labels, rate))
            now = time.monotonic()
            self.progress["train_s"] += now - clock
            clock = now
            self.progress["steps"] += 1
            for name in ("round_tokens", "tokens"):
                self.progress[name] += int((input_ids != 0).sum())
            self.progress["pool"] = pool + 1
            if self.progress["steps"] % _LOG_EVERY == 0:
                self._log(self.progress | {"loss": sum(losses) / len(losses), "learning_rate": rate})
                losses.clear()
            if now - saved > _SAVE_EVERY_S:
                self._save()
                saved = now
            if now - exported > _EXPORT_EVERY_S:
                save_model(self.model, self.tokenizer, self.out / "latest")
                exported = now

    def _step(self, input_ids: torch.Tensor, labels: torch.Tensor, rate: float) -> float:
        device = self.preset.device
        input_ids, targets = input_ids.to(device), labels.to(device)[:, 1:]
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        with torch.autocast(device, dtype=torch.bfloat16):
            hidden = self.body(input_ids=input_ids, use_cache=False).last_hidden_state[:, :-1]
        # Padding stands on the right and attention is causal, so no mask is needed.
        kept = targets >= 0
        # Outside autocast: the number of rows differs each time, which bf16 kernels pay for with a new plan.
        logits = self.model.lm_head(hidden[kept].float())
        loss = functional.cross_entropy(logits, targets[kept], weight=self.weight_V)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": self.progress,
        }
        fresh = self.out / "checkpoint.new"
        torch.save(state, fresh)
        fresh.rename(self.out / "checkpoint.pt")

    def _load(self) -> None:
        state = torch.load(self.out / "checkpoint.pt", map_location=self.preset.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.progress = state["progress"]

    def _log(self, record: dict) -> None:
        rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in record.items()}
        if record.get("train_s"):
            rounded["tokens_per_s"] = round(record["tokens"] / record["train_s"])
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(rounded) + "\n")


def _verdict_ids(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Token ids of the marks in a check and of the verdict; each is one token."""
    ids = tokenizer([" ok", " no", " True", " False"])["input_ids"]
    assert all(len(each) == 1 for each in ids), "a mark or verdict is more than one token"
    return [each[0] for each in ids]


def _optimizers(model: Qwen2ForCausalLM) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon for the layers' matrices, AdamW for embeddings, lm_head, norms and biases.

    At equal time Muon reached a loss of 1.35 where AdamW alone stood at 1.51 (docs/log.md).
    """
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        hidden = parameter.ndim == 2 and "embed_tokens" not in name and "lm_head" not in name
        (matrices if hidden else others).append(parameter)
    return (
        torch.optim.Muon(matrices, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, betas=(0.9, 0.95), weight_decay=0.0),
    )


def _tokenizer(out: Path) -> PreTrainedTokenizerBase:
    folder = out / "tokenizer"
    if not folder.exists():
        build_tokenizer().save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def _learning_rate(spec: Round, tokens: float, budget: float) -> float:
    warm = min(1.0, (tokens + 4_096) / min(_WARMUP_TOKENS, budget / 10))
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, tokens / budget)))
    return warm * (spec.floor + (spec.peak - spec.floor) * cosine)


def main(
    out: Annotated[Path, typer.Option(help="Folder for checkpoints, log and models.")],
    preset: Annotated[str, typer.Option(help="cpu or gpu.")] = "cpu",
    tokens: Annotated[float | None, typer.Option(help="Millions of tokens; the preset's without it.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights and data.")] = 1,
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in the folder.")] = False,
) -> None:
    """Train in four rounds; the final model lies in OUT/round-4."""
    chosen = PRESETS[preset]
    Trainer(chosen, out, seed, tokens or chosen.million_tokens, resume).run()


if __name__ == "__main__":
    typer.run(main)
