"""Checks seek_viz on a GPU and measures it there: python docs/gpu_check.py [--out FOLDER] [--size 7B]

Needs torch with CUDA, transformers, accelerate, jaxtyping and psutil, and no network; with pytest it also
runs the gpu-marked tests. It takes a few minutes. In order:

bundled: the bundled model on GPU and CPU, K = 3, both decode modes: how many texts are equal, seconds a step.
large:   a model in Qwen2.5-7B's shape with random weights in bfloat16: tokens a second of one decode beside
         what the card's measured bandwidth allows, the same without cache, seconds of a step, peak memory.
tests:   tests/test_gpu.py: runs, decodes and the released code's trajectories are the CPU's in float32, to
         the token.

Prints Markdown tables; `--out` also gets gpu_check.json and the tests' own output.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
import transformers

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from seek_viz.engine.decoding import Request, Row, decode, prefill  # noqa: E402
from seek_viz.engine.seek import new_trace, seek  # noqa: E402
from seek_viz.model import FrozenLM  # noqa: E402
from seek_viz.problems.problem import Problem, bundled_problems  # noqa: E402
from seek_viz.record import Trace  # noqa: E402
from seek_viz.settings.config import SeekConfig  # noqa: E402 - found only now
from seek_viz.settings.registry import ModelEntry  # noqa: E402

SHAPES = {
    "7B": {"hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28}
    | {"num_attention_heads": 28, "num_key_value_heads": 4, "vocab_size": 152_064},
    "0.5B": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24}
    | {"num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151_936},
}
"""Of Qwen2.5-Instruct; untied, as the 7B is."""


def seconds(work: Any) -> float:
    """How long it takes until the GPU has done it."""
    torch.cuda.synchronize()
    started = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - started


def machine() -> dict[str, Any]:
    card = torch.cuda.get_device_properties(0)
    return {
        "card": card.name,
        "memory GiB": round(card.total_memory / 2**30, 1),
        "CUDA": torch.version.cuda,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "Python": platform.python_version(),
        "CPU cores": os.cpu_count(),
        "date": datetime.date.today().isoformat(),
    }


def tests(out: Path | None) -> dict[str, Any]:
    """The summary of pytest, and what failed."""
    if importlib.util.find_spec("pytest") is None:
        return {"tests": "not run: pytest is not installed"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--noconftest",
        "-p",
        "no:cacheprovider",
        "-rf",
        "--durations=5",
    ]
    done = subprocess.run(
        [*command, "-m", "gpu", "tests/test_gpu.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if out:
        (out / "tests.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    lines = done.stdout.strip().splitlines()
    summary = next(
        (line.strip("= ") for line in reversed(lines) if " passed" in line or " failed" in line), ""
    )
    return {"tests": summary or done.stderr[-500:]} | {
        f"failed {n}": line.removeprefix("FAILED ")
        for n, line in enumerate((line for line in lines if line.startswith("FAILED")), 1)
    }


def run(lm: FrozenLM, problem: Problem, **changes: Any) -> Trace:
    # A threshold that nothing passes: every run makes all its updates.
    config = SeekConfig(**{**lm.preset, "reward_threshold": 1.0, **changes})
    *_, (trace, _) = seek(lm, new_trace(lm, problem, config))
    return trace


def bundled(problems: int = 6, updates: int = 3) -> dict[str, Any]:
    """GPU and CPU in turn, after a run of each to warm up."""
    lms = {device: FrozenLM.load("tiny", device=device, dtype="float32") for device in ("cpu", "cuda")}
    chosen = bundled_problems()["validation"][100 : 100 + problems]
    result: dict[str, Any] = {}
    for lm in lms.values():
        run(lm, chosen[0], max_updates=1)
    for mode in ("coherent", "independent"):
        texts: dict[str, list[str]] = {device: [] for device in lms}
        steps: dict[str, list[float]] = {device: [] for device in lms}
        for problem in chosen:
            for device, lm in lms.items():
                trace = run(lm, problem, decode_mode=mode, max_updates=updates, learning_rate=0.06)
                texts[device] += [step.text for step in trace.steps]
                steps[device] += [sum(step.elapsed_s.values()) for step in trace.steps[1:]]
        same = sum(one == other for one, other in zip(texts["cpu"], texts["cuda"], strict=True))
        result[f"{mode}: equal texts"] = f"{same} of {len(texts['cpu'])}"
        for device in lms:
            result[f"{mode}: seconds a step, {device}"] = round(statistics.median(steps[device]), 3)
    return result


def bandwidth() -> float:
    """Bytes a second that the card reads: a sum over 4 GiB, the best of five."""
    data = torch.ones(2**30, device="cuda")
    data.sum()
    return data.nbytes / min(seconds(data.sum) for _ in range(5))


def random_lm(size: str) -> FrozenLM:
    """A Qwen2 of that shape with random weights, read and written in the bundled model's few tokens."""
    tiny = FrozenLM.load("tiny", device="cpu")
    config = transformers.Qwen2Config(
        **SHAPES[size], max_position_embeddings=32_768, rms_norm_eps=1e-6, tie_word_embeddings=False
    )
    torch.manual_seed(0)
    with torch.device("cuda"):
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    return FrozenLM(model, tiny.tokenizer, ModelEntry(f"random {size}", "", prompts=tiny.prompts))


def large(size: str, tokens: int = 256, naive_tokens: int = 16) -> dict[str, Any]:
    """Decodes that no end token stops; prompt and text are of usual length."""
    torch.cuda.reset_peak_memory_stats()
    lm = random_lm(size)
    read = sum(p.nbytes for p in lm.model.parameters()) - lm.model.get_input_embeddings().weight.nbytes
    per_s = bandwidth()
    prompt = list(range(10, 210))
    cache = prefill(lm, prompt)

    def written(count: int, start: list[int] = prompt, **options: Any) -> None:
        decode(lm, Request([Row(start, count)], (), **options))

    written(16, cache=cache)
    each = statistics.median(seconds(lambda: written(tokens, cache=cache)) for _ in range(3)) / tokens
    # Without a cache a token costs a forward over all before it: the middle of the text is the average.
    middle = prompt + list(range(10, 10 + tokens // 2))
    naive = statistics.median(
        seconds(lambda: written(naive_tokens, middle, use_cache=False)) / naive_tokens for _ in range(2)
    )
    result = {
        "parameters": f"{lm.identity.num_parameters / 1e9:.2f} B",
        "GB read for a token": round(read / 1e9, 2),
        "bandwidth measured, GB/s": round(per_s / 1e9),
        "tokens a second the bandwidth allows": round(per_s / read, 1),
        "tokens a second": round(1 / each, 1),
        "share of the bandwidth": f"{read / per_s / each:.0%}",
        "tokens a second without cache": round(1 / naive, 1),
        "GB of weights": round(sum(p.nbytes for p in lm.model.parameters()) / 1e9, 2),
    }
    for mode in ("coherent", "independent"):
        torch.cuda.reset_peak_memory_stats()
        trace = run(
            lm,
            Problem("p", "Tom has 3 pens and buys 5 more. How many has he?", "8"),
            decode_mode=mode,
            reward="constant",
            max_updates=2,
            max_new_tokens=tokens,
            learning_rate=0.03,
            rho=0.2,
        )
        phases = trace.steps[-1].elapsed_s
        result[f"{mode}: seconds of a step"] = ", ".join(f"{name} {s:.2f}" for name, s in phases.items())
        result[f"{mode}: peak GB"] = round(torch.cuda.max_memory_allocated() / 1e9, 2)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="folder for gpu_check.json and tests.txt")
    parser.add_argument("--size", choices=SHAPES, default="7B", help="shape of the large model")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("no CUDA device: torch.cuda.is_available() is False here")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
    parts = {
        "machine": machine,
        "bundled": bundled,
        "large": lambda: large(options.size),
        "tests": lambda: tests(options.out),
    }
    results: dict[str, Any] = {}
    for name, part in parts.items():
        started = time.perf_counter()
        try:
            results[name] = part()
        except Exception as error:  # the other parts still say something
            results[name] = {"failed": f"{type(error).__name__}: {str(error)[:500]}"}
        results[name]["seconds of this part"] = round(time.perf_counter() - started, 1)
        print(f"\n| {name} | |\n|---|---|")
        for key, value in results[name].items():
            print(f"| {key} | {value} |", flush=True)
        if options.out:
            (options.out / "gpu_check.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    failed = [name for name, part in results.items() if any(key.startswith("failed") for key in part)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
