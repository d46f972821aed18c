"""What holds on a CUDA device: the same runs as on a CPU, in float32, to the token.

`docs/gpu_check.py` runs these where torch, transformers and pytest are all there is: so nothing here comes
from conftest.py.
"""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from models import KINDS, save_family
from test_seek_parity import NUM_RUNS, again, assert_parity

from seek_viz.engine.decoding import Request, Row, decode, prefill, sampler
from seek_viz.engine.seek import new_trace, seek
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem, bundled_problems
from seek_viz.record import Trace
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import TINY
from seek_viz.settings.registry import ModelEntry

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
REFERENCE = Path(__file__).parent / "reference"
PROBLEMS = bundled_problems()["validation"][100:104]
ONE_OF_EACH = ("Qwen2", "Qwen3", "Llama", "Mistral", "gemma2", "phi3", "gpt2", "qwen3_next", "gpt_oss")
"""The four families, and caches of other kinds: windows, caps, learned positions, states, sinks."""
NEVER = {"reward_threshold": 1.0}
"""A threshold that nothing passes, so that every run makes all its updates."""


@pytest.fixture(scope="module")
def lms() -> dict[str, FrozenLM]:
    return {device: FrozenLM.load("tiny", device=device, dtype="float32") for device in ("cpu", "cuda")}


@pytest.fixture(scope="module")
def cuda_lm(lms: dict[str, FrozenLM]) -> FrozenLM:
    return lms["cuda"]


def run(lm: FrozenLM, problem: Problem, host: Trace | None = None, **changes: Any) -> Trace:
    config = SeekConfig(**{**lm.preset, **NEVER, "max_updates": 3, "learning_rate": 0.06, **changes})
    *_, (trace, _) = seek(lm, new_trace(lm, problem, config, host))
    return trace


def assert_same_run(left: Trace, right: Trace) -> None:
    assert [step.text for step in left.steps] == [step.text for step in right.steps]
    assert [step.token_ids for step in left.steps] == [step.token_ids for step in right.steps]
    assert [step.reward.value for step in left.steps] == [step.reward.value for step in right.steps]
    assert [step.num_prefix for step in left.steps] == [step.num_prefix for step in right.steps]
    assert (left.stop_reason, left.returned) == (right.stop_reason, right.returned)
    for one, other in zip(left.steps[1:], right.steps[1:], strict=True):
        assert one.update is not None
        assert other.update is not None
        # Adam moves a coordinate whose gradient is only rounding as far as any other, so z drifts apart.
        assert one.update.loss == pytest.approx(other.update.loss, rel=0.02, abs=1e-3)
        assert one.update.step_norm == pytest.approx(other.update.step_norm, rel=0.02)


def test_a_model_goes_to_the_gpu_by_itself() -> None:
    lm = FrozenLM.load("tiny")
    assert (lm.identity.device, lm.device.type) == ("cuda:0", "cuda")


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.id)
@pytest.mark.parametrize("reward", ["self", "constant"])
@pytest.mark.parametrize("mode", ["coherent", "independent"])
def test_a_run_is_the_cpus(mode: str, reward: str, problem: Problem, lms: dict[str, FrozenLM]) -> None:
    cpu, cuda = (run(lm, problem, decode_mode=mode, reward=reward) for lm in lms.values())
    assert_same_run(cuda, cpu)


@pytest.mark.parametrize("changes", [{"optimizer": "sgd"}, {"grad_clip": 0.5}, {"direction": "random"}])
def test_so_are_other_optimisers_and_controls(changes: dict[str, Any], lms: dict[str, FrozenLM]) -> None:
    hosts = [run(lm, PROBLEMS[0]) if "direction" in changes else None for lm in lms.values()]
    cpu, cuda = (run(lm, PROBLEMS[0], host, **changes) for lm, host in zip(lms.values(), hosts, strict=True))
    assert_same_run(cuda, cpu)


def test_a_paused_run_is_the_straight_one(cuda_lm: FrozenLM) -> None:
    straight = run(cuda_lm, PROBLEMS[0])
    trace = new_trace(cuda_lm, PROBLEMS[0], straight.config)
    state = None
    while trace.stop_reason is None:
        trace, state = next(seek(cuda_lm, trace, state))
    assert_same_run(trace, straight)


@pytest.mark.parametrize("number", range(NUM_RUNS))
@pytest.mark.parametrize("reuse_cache", [False, True])
def test_the_released_codes_trajectories(reuse_cache: bool, number: int, reference_on_cuda: FrozenLM) -> None:
    recorded = json.loads((REFERENCE / "trajectories.json").read_text(encoding="utf-8"))["runs"][number]
    assert_parity(again(reference_on_cuda, recorded, reuse_cache=reuse_cache), recorded)


@pytest.fixture(scope="module")
def reference_on_cuda() -> FrozenLM:
    lm = FrozenLM.load(str(REFERENCE / "model"), device="cuda", dtype="float32")
    return FrozenLM(lm.model, lm.tokenizer, ModelEntry("model", "", prompts=TINY))


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_each_family_writes_what_it_writes_on_a_cpu(kind: str, tmp_path: Path) -> None:
    folder = save_family(kind, tmp_path, **KINDS.get(kind, {}))
    prompts = ([1, 50, 60, 70], [1, 80], [90, 91, 92, 93, 94, 95, 96])
    written = {}
    for device in ("cpu", "cuda"):
        lm = FrozenLM.load(str(folder), device=device, dtype="float32")
        rows = [Row(prompt, 24) for prompt in prompts]
        together = decode(lm, Request(rows, (2,)))
        alone = [decode(lm, Request([row], (2,)))[0] for row in rows]
        afresh = [decode(lm, Request([row], (2,), use_cache=False))[0] for row in rows]
        known = decode(lm, Request(rows[:1], (2,), cache=prefill(lm, prompts[0])))
        assert [one.token_ids for one in together] == [one.token_ids for one in alone]
        assert [one.token_ids for one in afresh] == [one.token_ids for one in alone]
        assert known[0].token_ids == alone[0].token_ids
        written[device] = [one.token_ids for one in alone]
    assert written["cuda"] == written["cpu"]


def test_what_is_drawn_depends_on_the_seed_alone(lms: dict[str, FrozenLM]) -> None:
    def sampled(lm: FrozenLM) -> tuple[int, ...]:
        choose = sampler(0.7, torch.Generator().manual_seed(3))
        ids = lm.encode(lm.render(lm.prompts.solve(PROBLEMS[0].question, "boxed")))
        return decode(lm, Request([Row(ids, 60)], lm.eos_ids, choose))[0].token_ids

    assert sampled(lms["cuda"]) == sampled(lms["cpu"])


@pytest.mark.parametrize("mode", ["coherent", "independent"])
def test_a_run_in_bfloat16_goes_through_and_moves(mode: str) -> None:
    lm = FrozenLM.load("tiny", device="cuda", dtype="bfloat16")
    trace = run(lm, PROBLEMS[0], decode_mode=mode, reward="constant")
    assert trace.model.dtype == "bfloat16"
    assert len(trace.steps) == 4
    assert all(step.update.step_norm > 0 for step in trace.steps[1:] if step.update)
    assert abs(trace.steps[1].latents_LD - trace.steps[0].latents_LD).max() > 0


def test_accelerate_can_place_it(lms: dict[str, FrozenLM]) -> None:
    placed = FrozenLM.load("tiny", device_map="auto", dtype="float32")
    assert placed.device.type == "cuda"
    assert_same_run(run(placed, PROBLEMS[1]), run(lms["cpu"], PROBLEMS[1]))


@pytest.fixture
def memory() -> int:
    """Bytes in use before the test."""
    gc.collect()
    return torch.cuda.memory_allocated()


def test_a_run_leaves_no_memory_behind(memory: int) -> None:
    lm = FrozenLM.load("tiny", device="cuda", dtype="float32")
    loaded = torch.cuda.memory_allocated()
    trace = run(lm, PROBLEMS[0])
    gc.collect()
    # A trace keeps its latents on the CPU; what cuBLAS took at its first product is no more than this.
    assert torch.cuda.memory_allocated() - loaded < 32 << 20
    assert trace.steps
    del lm
    gc.collect()
    assert torch.cuda.memory_allocated() - memory < 32 << 20
