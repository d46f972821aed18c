"""Put a trained model into the assets with its card: `python -m seek_viz.training.publish --run DIR`.

Without `--run` the model that is there is measured again, and its card's figures are replaced.
They are measured on the stored bf16 weights, read back in float32.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Annotated, Any

import torch
import transformers
import typer

from seek_viz import ASSETS
from seek_viz.problems.sets import load_set
from seek_viz.training.evaluate import evaluate, handwritten_accuracy, load_float32, solver_accuracy, table
from seek_viz.training.network import write_suited
from seek_viz.training.train import ROUNDS

MODEL_DIR = ASSETS / "tiny"

_TRAINING = """# The bundled model

A Qwen2-architecture language model of {parameters:,} parameters, trained from scratch on word problems of
the grammar in `seek_viz/problems/`. It solves with a chain of thought that ends in `\\boxed{{}}` (or as
JSON), and it judges solutions: calculation_check, answer_correct, answer_completeness,
understanding_check. Its prompts are `seek_viz.settings.prompts.TINY`; `seek_viz.json` says so, with the
settings that suit it. It knows nothing else: training had no general text, and none by another model.

Weights are stored in bfloat16. They were trained in float32 with bfloat16 autocast.

## Training

| | |
|---|---|
| command | `python -m seek_viz.training.train {arguments}` |
| published with | `python -m seek_viz.training.publish --run DIR` |
| data and weight seed | {seed} (held-out sets have seeds of their own; their problems were left out) |
| source commit of the training code | {commit} |
| device | {device} |
| versions | Python {python}, torch {torch}, transformers {transformers} |
| tokens | {tokens:,} (without padding), {steps:,} steps |
| training time | {train_minutes:.0f} minutes, {tokens_per_s:,} tokens/s; sampling of own answers on top |
| own answers judged from round 2 on | {own_answers:,}, of them right {own_correct:,} |
| last training loss | {loss:.3f} |

The log is `training_log.jsonl`: loss, tokens, learning rate.{notes}

"""
_ACCURACY = """## Accuracy

Greedy decoding on `assets/problems/test.jsonl`;
`python -m seek_viz.training.evaluate --model assets/tiny`.
Figures as JSON: `evaluation.json`.

{table}

Answers whose calculations are all right: {solver_calculation:.1%}; that read the problem rightly:
{solver_understanding:.1%}; without a final answer: {without_answer} of {problems}.
JSON form, greedy, every third problem of `validation.jsonl`: {json_accuracy:.1%}.
Hand-written problems: {handwritten}.

Limits: questions unlike the grammar's are mostly answered wrongly; numbers above 999 were rare in training.
"""


def main(
    run: Annotated[Path | None, typer.Option(help="Folder that `train` wrote.")] = None,
    commit: Annotated[str, typer.Option(help="Commit of the training code; HEAD without it.")] = "",
    device: Annotated[str, typer.Option(help="Machine trained on, in words.")] = "",
    note: Annotated[list[str] | None, typer.Option(help="A remark for the card; may be given often.")] = None,
    name: Annotated[str, typer.Option(help="Which model of the run.")] = f"round-{len(ROUNDS)}",
) -> None:
    """Copy the model, measure it, write README.md, evaluation.json and training_log.jsonl."""
    MODEL_DIR.mkdir(parents=True, exist_ok=True)
    if run:
        for file in (run / name).iterdir():
            shutil.copyfile(file, MODEL_DIR / file.name)
        write_suited(MODEL_DIR)  # chosen after the training, so not always what the run's folder says
        shutil.copyfile(run / "log.jsonl", MODEL_DIR / "training_log.jsonl")
    model, tokenizer = load_float32(MODEL_DIR)
    result = evaluate(model, tokenizer, load_set("test"), "boxed", num_judged=600)
    result["handwritten"] = handwritten_accuracy(model, tokenizer)
    result["json_accuracy"] = solver_accuracy(model, tokenizer, load_set("validation")[::3], "json")
    card = MODEL_DIR / "README.md"
    if run:
        facts = run_facts(run) | {
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "commit": commit or _head(),
            "device": device or f"{platform.machine()}, {torch.get_num_threads()} CPU threads",
            "notes": "".join(f" {text}" for text in note or []),
        }
        training = _TRAINING.format(**facts)
    else:
        training = card.read_text(encoding="utf-8").split("## Accuracy", 1)[0]
    card.write_text(training + _ACCURACY.format(table=table(result), **result), encoding="utf-8")
    (MODEL_DIR / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    typer.echo(table(result))


def run_facts(run: Path) -> dict[str, Any]:
    """Facts about a training run from its log and settings."""
    records = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    last = [record for record in records if "loss" in record][-1]
    own = [r for r in records if "own_answers" in r] or [{"own_answers": 0, "correct": 0}]
    settings = json.loads((run / "settings.json").read_text(encoding="utf-8"))
    arguments = f"--preset {settings['preset']} --tokens {settings['million_tokens']:g}"
    return settings | {
        "arguments": f"{arguments} --seed {settings['seed']} --out DIR",
        "tokens": last["tokens"],
        "steps": last["steps"],
        "train_minutes": last["train_s"] / 60,
        "tokens_per_s": last["tokens_per_s"],
        "loss": last["loss"],
        "own_answers": own[-1]["own_answers"],
        "own_correct": own[-1]["correct"],
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def _head() -> str:
    git = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=True, cwd=MODEL_DIR).stdout.strip()


if __name__ == "__main__":
    typer.run(main)
