"""The recorded runs that the page opens with: stories looked for in a problem set, never staged.

Each story names settings and what has to happen in a run. The search goes through the problems in file
order and keeps the first run that tells it; a story that no problem tells is left out, and said so. Beside
the first wrong answer that is fixed stands its control, whatever happens in it; both keep their latents,
and so share one plane.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from seek_viz.engine.baselines import draw
from seek_viz.engine.decode_regions import with_regions
from seek_viz.engine.decoding import drive_batched
from seek_viz.engine.seek import new_trace, seek, whole_run
from seek_viz.errors import UserError
from seek_viz.grading import answers_equal
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Trace, load_trace, save_iterates, save_trace, with_iterates
from seek_viz.record.alignment import alignment_of
from seek_viz.record.writing import check_place, write_text
from seek_viz.settings.config import SeekConfig
from seek_viz.show import equations, with_path

_SIDE_BY_SIDE = 16
README, _HEADING = "README.md", "# Recorded runs"


@dataclass(frozen=True)
class Story:
    """Description of the story that a recording should show."""

    key: str
    title: str
    """One short line, with {last} for the last iteration."""
    changes: dict[str, Any]
    """Settings, over the model's preset."""
    begins: bool | None
    """Whether the chain of thought is right, or None for either."""
    happens: Callable[[Trace], bool]
    """Of the finished run."""
    released: bool = False


def _returned_right(trace: Trace) -> bool:
    return trace.returned is not None and trace.steps[trace.returned].correct is True


def _was_fixed(trace: Trace) -> bool:
    return trace.steps[0].correct is False and _returned_right(trace)


def _sound(trace: Trace) -> bool:
    """The returned answer is right, and so is every equation on the way: not by luck."""
    return _returned_right(trace) and all(
        right for _, _, right in equations(trace.steps[trace.returned or 0].tokens)
    )


def _answer_rejected(trace: Trace) -> bool:
    verdicts = {v.verifier: v.ruling for v in trace.steps[-1].reward.verdicts}
    return trace.stop_reason == "accepted" and verdicts.get("answer_correct") == "reject"


def _changes(trace: Trace) -> int:
    """Number of updates that changed the optimised prefix: flipped, shifted or dropped a token."""
    return sum(alignment_of(before, after).changed for before, after in pairwise(trace.steps))


# The published mode replaces a prefix and continues from it: settings of the paper, not the preset's.
_PUBLISHED = {"decode_mode": "independent", "rho": 0.2, "learning_rate": 0.03}
STORIES = (
    Story(
        "fixed-by-self-reward",
        "Fixed by its own judgement",
        {"reward": "self", "decode_mode": "coherent"},
        False,
        lambda t: _sound(t) and len(t.steps) >= 3,
    ),
    Story(
        "fixed-at-the-second-flip",
        "Fixed at the second flip (oracle)",
        {**_PUBLISHED, "reward": "psrm"},
        False,
        lambda t: _sound(t) and _changes(t) == 2,
    ),
    Story(
        "fixed-by-oracle",
        "Fixed by coherent offsets, oracle",
        {"reward": "psrm", "decode_mode": "coherent"},
        False,
        lambda t: _sound(t) and len(t.steps) >= 4,
    ),
    Story(
        "never-fixed",
        "Never fixed in {last} updates",
        {**_PUBLISHED, "reward": "psrm"},
        False,
        lambda t: not any(step.correct for step in t.steps),
    ),
    Story(
        "reward-up-answer-wrong",
        "Reward rose, answer still wrong",
        {"reward": "self", "decode_mode": "coherent", "return_iterate": "best"},
        False,
        lambda t: (
            not _returned_right(t) and t.steps[t.returned or 0].reward.rank > t.steps[0].reward.rank + 0.3
        ),
    ),
    Story(
        "accepted-despite-rejection",
        "Accepted against answer_correct",
        {**_PUBLISHED, "reward": "self"},
        None,
        _answer_rejected,
        released=True,
    ),
    Story(
        "zero-updates",
        "Right at once: 0 updates",
        {**_PUBLISHED, "reward": "self"},
        True,
        lambda t: len(t.steps) == 1 and t.stop_reason == "accepted",
    ),
    Story(
        "no-flip",
        "Nothing flipped: step too small",
        {**_PUBLISHED, "reward": "psrm", "learning_rate": 0.001},
        False,
        lambda t: _changes(t) == 0,
    ),
    Story(
        "broke-a-right-answer",
        "Broke a right answer",
        {**_PUBLISHED, "reward": "self", "return_iterate": "last"},
        True,
        lambda t: not _returned_right(t),
    ),
)

CONTROL = Story(
    "control",
    "Its control: random directions",
    {"direction": "random"},
    False,
    lambda t: True,
)
"""A second run of the first problem that is fixed, with its settings, these changes, and steps as long."""


def record(
    lm: FrozenLM,
    problems: Sequence[Problem],
    folder: Path,
    most_tries: int = 150,
) -> Iterator[tuple[Story, Trace | None]]:
    """Look for each story and write the run that tells it.

    Args:
        lm: the model.
        problems: with gold answers, in the order of the search.
        folder: gets one JSON file a story, numbered in gallery order; the control as 1b after 1.
        most_tries: problems looked at for each story.

    Yields:
        Each story with its run, or None when none was found; after the first fixed answer, its control.
    """
    pool = list(problems[:most_tries])
    first = [samples[0] for samples in draw(lm, pool, 1, 0.0, SeekConfig.of_preset("default", lm.preset))]
    starts = {
        problem.id: answers_equal(sample.answer, problem.gold or "") if sample.answer else None
        for problem, sample in zip(pool, first, strict=True)
    }
    taken: set[str] = set()
    controlled = False
    for number, story in enumerate(STORIES, start=1):
        fitting = [
            problem
            for problem in pool
            if problem.id not in taken and story.begins in (None, starts[problem.id])
        ]
        found = _found(lm, fitting, story)
        if found is None:
            yield story, None
            continue
        taken.add(found.problem.id)
        to_control = not controlled and _was_fixed(found)
        _keep(lm, found, folder / f"{number}-{story.key}.json", with_latents=to_control)
        yield story, found
        if to_control:
            controlled = True
            config = dataclasses.replace(found.config, **CONTROL.changes)
            control = _run(lm, found.problem, config, CONTROL, host=found)
            _keep(lm, control, folder / f"{number}b-{CONTROL.key}.json", with_latents=True)
            yield CONTROL, control


def check_folder(folder: Path) -> None:
    """Refuse a folder in which the gallery would take the place of what is not its own.

    Raises:
        UserError: a file of one of its names is something else, or cannot be written.
    """
    check_place([folder / README], overwrite=True)
    for path in _runs_in(folder):
        latents = path.with_suffix(".safetensors")
        for file in filter(Path.exists, (path, latents)):
            try:
                trace = load_trace(path)
                _ = with_iterates(trace, latents) if file == latents else trace
            except UserError as error:
                raise _foreign(folder, file) from error
    if (folder / README).exists() and not (folder / README).read_bytes().startswith(_HEADING.encode()):
        raise _foreign(folder, folder / README)


def _foreign(folder: Path, file: Path) -> UserError:
    allowed = f"a new folder, or one of recorded runs; {file.name} is something else"
    return UserError("--out", str(folder), allowed, "Choose another --out.")


def _runs_in(folder: Path) -> list[Path]:
    """Every place where the gallery keeps a run, of which some may be empty."""
    numbered = list(enumerate(STORIES, start=1))
    runs = {f"{number}-{story.key}" for number, story in numbered}
    runs |= {f"{number}b-{CONTROL.key}" for number, _ in numbered}
    return sorted(folder / f"{name}.json" for name in runs)


def write_provenance(folder: Path, command: str) -> None:
    """Write a README.md that says of each run in `folder` what it is of, read from the runs themselves.

    Args:
        folder: of recorded runs.
        command: what recorded them.
    """
    lines = [
        _HEADING,
        "",
        f"Found and recorded by `{command}`: for each story in `seek_viz/bench/gallery.py`",
        "the first problem, in file order, of which a run tells it. Nothing is edited; each",
        "file holds its settings, model and time. A `.safetensors` beside a run holds its latents:",
        "runs that keep them share one plane when they are compared.",
        "",
        "| file | story | problem | model (revision) | seed | recorded |",
        "|---|---|---|---|---|---|",
    ]
    for path in filter(Path.exists, _runs_in(folder)):
        trace = load_trace(path)
        model, day = f"{trace.model.name} ({trace.model.revision})", trace.created_at[:10]
        cells = [f"`{path.name}`", trace.title, trace.problem.id, model, str(trace.config.seed), day]
        lines.append("| " + " | ".join(cells) + " |")
    write_text(folder / README, "\n".join(lines) + "\n")


def _found(lm: FrozenLM, problems: Sequence[Problem], story: Story) -> Trace | None:
    """The first problem whose run tells the story: looked for side by side, then run by itself."""
    preset = "released" if story.released else "default"
    config = SeekConfig.of_preset(preset, lm.preset, **story.changes)
    # The same numbers with caches and batches; the run that is kept is made as its settings say.
    quick = dataclasses.replace(config, reuse_cache=True, batch_verifiers=True, verifier_sampling="greedy")
    for start in range(0, len(problems), _SIDE_BY_SIDE):
        part = problems[start : start + _SIDE_BY_SIDE]
        runs = {n: whole_run(lm, new_trace(lm, problem, quick)) for n, problem in enumerate(part)}
        for n, seen in sorted(drive_batched(lm, runs), key=lambda pair: pair[0]):
            if story.happens(seen):
                trace = _run(lm, part[n], config, story)
                if story.happens(trace):
                    return trace
    return None


def _run(
    lm: FrozenLM, problem: Problem, config: SeekConfig, story: Story, host: Trace | None = None
) -> Trace:
    """A run from its chain of thought to its stop, under the story's title; a control with its host."""
    *_, (trace, _) = seek(lm, new_trace(lm, problem, config, host))
    return dataclasses.replace(trace, title=_title(story, trace))


def _keep(lm: FrozenLM, trace: Trace, path: Path, *, with_latents: bool) -> None:
    """Write a run; latents that lie there belong to an earlier one."""
    save_trace(with_regions(lm, with_path(trace)), path)
    latents = path.with_suffix(".safetensors")
    if with_latents:
        save_iterates(trace, latents)
    else:
        latents.unlink(missing_ok=True)


def _title(story: Story, trace: Trace) -> str:
    return story.title.format(last=len(trace.steps) - 1)
