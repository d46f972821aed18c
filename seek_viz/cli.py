"""The commands `seek-viz run`, `replay`, `export`, `bench`, `record`; user errors are caught here alone."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from seek_viz import ASSETS, gallery
from seek_viz.advice import advice
from seek_viz.asked import as_typed, chosen_problem, given_settings, lost_on_resume, run_to_go_on
from seek_viz.bench import (
    ALL,
    Plan,
    evenly_over_tiers,
    methods_table,
    report,
    results_of,
    run_bench,
    settings_of,
)
from seek_viz.config import SeekConfig
from seek_viz.errors import UserError
from seek_viz.export import export as export_run
from seek_viz.latents import LatentState, load_latents, save_latents
from seek_viz.model import FrozenLM
from seek_viz.problem import Problem, bundled_problems, load_problems
from seek_viz.projection import stop_sentence, with_path
from seek_viz.regions import with_regions
from seek_viz.registry import model_entry
from seek_viz.resume import check_model
from seek_viz.seek import check_asked, check_prompt, new_trace, seek
from seek_viz.share import NAMES, written
from seek_viz.trace import SeekStep, Trace, load_trace, save_trace

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__.splitlines()[0] if __doc__ else None
)
console, complaints = Console(), Console(stderr=True)


def _friendly(command: Callable[..., None]) -> Callable[..., None]:
    """Print a UserError as one line and leave with code 2."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except UserError as error:
            complaints.print(Text(f"error: {error}", style="red"), soft_wrap=True)
            raise typer.Exit(2) from error

    return wrapped


@app.command()
@_friendly
def run(
    model: Annotated[
        str | None, typer.Option(help='"tiny" (the default), a Hub id, or a folder; with --resume the run\'s')
    ] = None,
    problem: Annotated[str | None, typer.Option(help="id of a bundled problem")] = None,
    question: Annotated[str | None, typer.Option(help="a question of your own instead")] = None,
    gold: Annotated[
        str | None, typer.Option(help="its gold answer, if known; in place of a bundled problem's")
    ] = None,
    preset: Annotated[
        Literal["default", "released"] | None, typer.Option(help="see docs/parity.md; default")
    ] = None,
    reward: Annotated[Literal["self", "psrm", "constant"] | None, typer.Option(help="R; self")] = None,
    mode: Annotated[
        Literal["independent", "coherent"] | None,
        typer.Option(help="how latents become text; the model's own"),
    ] = None,
    eta: Annotated[float | None, typer.Option(help="learning rate; the model's own, or 0.03")] = None,
    rho: Annotated[
        float | None, typer.Option(help="fraction of the text that is optimised; the model's own, or 0.1")
    ] = None,
    tau: Annotated[float | None, typer.Option(help="reward threshold; -0.2")] = None,
    updates: Annotated[int | None, typer.Option("--updates", "-K", help="K, most updates; 10")] = None,
    seed: Annotated[int | None, typer.Option(help="seed of what is drawn at random; 42")] = None,
    others: Annotated[
        list[str] | None, typer.Option("--set", help="any other setting of config.py, as name=value")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, mps")] = None,
    dtype: Annotated[str | None, typer.Option(help="float32, bfloat16, float16")] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="a run.json written with --latents, to go on with under its own settings, or others"
        ),
    ] = None,
    latents: Annotated[
        bool, typer.Option(help="also write run.safetensors with the full latents; always with --resume")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="where to write the run: run.json, or the file that is resumed")
    ] = None,
) -> None:
    """Run LatentSeek on one problem and record it."""
    options = (reward, mode, eta, rho, tau, updates, seed)
    changes, called = given_settings(dict(zip(NAMES, options, strict=True)), others or [])
    with as_typed(called):
        if resume is None:
            model = model or "tiny"
            config = SeekConfig.of_preset(preset or "default", model_entry(model).preset, **changes)
            chosen = chosen_problem(problem, question, gold)
            check_asked(chosen, config)
            _warn(advice(config, called))
            lm = FrozenLM.load(model, device=device, dtype=dtype)
            trace, state = new_trace(lm, chosen, config), None
        else:
            given = {"--problem": problem, "--question": question, "--gold": gold, "--dtype": dtype}
            trace = run_to_go_on(resume, changes, given)
            _warn(advice(trace.config, called) + lost_on_resume(trace, preset))
            lm = FrozenLM.load(model or trace.model.given, device=device, dtype=trace.model.dtype)
            check_model(trace, lm.identity)
            check_prompt(trace, lm)
            state = load_latents(trace, resume.with_suffix(".safetensors"), lm.device)
        out = out or resume or Path("run.json")
        _made(lm, trace, state, out, with_latents=latents or resume is not None)


def _made(lm: FrozenLM, trace: Trace, state: LatentState | None, out: Path, with_latents: bool) -> None:
    """Make the steps that are left, each written as it is finished."""
    with _progress() as progress:
        task = progress.add_task("iteration", total=trace.config.max_updates + 1, completed=len(trace.steps))
        for pair in seek(lm, trace, state):
            trace, state = pair
            progress.update(task, completed=len(trace.steps))
            progress.console.print(_step_line(trace.steps[-1]))
            save_trace(with_path(trace), out)
            if with_latents:
                save_latents(trace, state, out.with_suffix(".safetensors"))
    save_trace(with_regions(lm, with_path(trace)), out)
    console.print(stop_sentence(trace), markup=False)
    console.print(f"written: {out}", markup=False)


@app.command()
@_friendly
def replay(
    path: Annotated[Path, typer.Argument(help="a recorded run")],
    verdicts: Annotated[bool, typer.Option(help="also print the verifiers' raw replies")] = False,
) -> None:
    """Print a recorded run readably, with no model at hand."""
    trace = load_trace(path)
    problem = trace.problem
    config = trace.steps[0].config if trace.steps else trace.config
    console.print(Text(problem.question, style="bold"))
    console.print(
        f"gold {problem.gold or 'unknown'} · model {trace.model.given} ({trace.model.revision})", markup=False
    )
    if trace.versions:
        told = (f"{name} {version}" for name, version in trace.versions.items())
        console.print(" · ".join(told), markup=False)
    console.print(
        f"{config.decode_mode} · reward {config.reward} · eta {config.learning_rate:g} · "
        f"rho {config.rho:g} · tau {config.reward_threshold:g} · K {config.max_updates} · "
        f"seed {config.seed} · {trace.created_at}",
        markup=False,
    )
    for step in trace.steps:
        console.print()
        for line in _changes_at(trace, step.iteration):
            console.print(line, markup=False)
        console.print(_step_line(step))
        console.print(_step_text(trace, step))
        for verdict in step.reward.verdicts:
            style = {"approve": "green", "reject": "red"}.get(verdict.ruling, "yellow")
            console.print(Text(f"  {verdict.verifier}: {verdict.ruling}", style=style))
            if verdicts:
                console.print(Text(f"    {verdict.reply}", style="dim"))
    console.print()
    console.print(stop_sentence(trace), markup=False)


@app.command()
@_friendly
def export(
    path: Annotated[Path, typer.Argument(help="a recorded run")],
    out: Annotated[
        Path, typer.Option(help=".html replays it offline, .csv is a table, .json the trace")
    ] = Path("run.html"),
) -> None:
    """Write a recorded run as one file that stands alone."""
    export_run(load_trace(path), out)
    console.print(f"written: {out}", markup=False)


@app.command()
@_friendly
def bench(
    methods: Annotated[
        str, typer.Option(help=f"comma-separated, of {', '.join(ALL)}; all without it")
    ] = ",".join(ALL),
    model: Annotated[str, typer.Option(help='"tiny", a Hub id, or a folder')] = "tiny",
    problems: Annotated[str, typer.Option(help="bundled set (test, validation) or a .jsonl file")] = "test",
    tiers: Annotated[str, typer.Option(help="comma-separated tiers, or all")] = "medium,hard",
    limit: Annotated[int, typer.Option(help="how many problems, evenly over the tiers")] = 200,
    eta: Annotated[str | None, typer.Option(help="learning rate, or several, as 0.05,0.1")] = None,
    rho: Annotated[
        str | None, typer.Option(help="fraction of the text that is optimised, or several")
    ] = None,
    temperature: Annotated[str, typer.Option(help="of the samples, or several")] = "0.7",
    updates: Annotated[int, typer.Option("--updates", "-K", help="K, most updates")] = 10,
    tau: Annotated[float | None, typer.Option(help="reward threshold")] = None,
    seed: Annotated[int, typer.Option(help="seed")] = 42,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, mps")] = None,
    workers: Annotated[int, typer.Option(help="processes, each with a model of its own")] = 1,
    figures: Annotated[bool, typer.Option(help="draw .svg figures (kaleido, Chromium)")] = False,
    out: Annotated[Path, typer.Option(help="results; tables and journal lie beside it")] = Path("bench.json"),
) -> None:
    """Compare methods on a problem set; goes on where an earlier start with the same plan was cut off."""
    for method in (names := tuple(methods.split(","))):
        if method not in ALL:
            raise UserError("method", method, ", ".join(ALL), "Correct --methods.")
    preset = model_entry(model).preset
    given = {"max_updates": updates, "seed": seed, "reward_threshold": tau}
    base = SeekConfig(**{**preset, **{name: value for name, value in given.items() if value is not None}})
    plan = Plan(
        model=model,
        device=device,
        problems=tuple(evenly_over_tiers(_problem_set(problems), tiers, limit)),
        methods=names,
        base=base,
        etas=_numbers("eta", eta) or (base.learning_rate,),
        rhos=_numbers("rho", rho) or (base.rho,),
        temperatures=_numbers("temperature", temperature) or (0.7,),
    )
    started = time.monotonic()
    with _progress() as progress:
        task = progress.add_task("jobs", total=None)
        outcomes = run_bench(
            plan, out, workers, lambda done, jobs: progress.update(task, completed=done, total=jobs)
        )
    command = f"seek-viz {' '.join(sys.argv[1:])}"
    results = results_of(
        outcomes, command=command, elapsed_s=round(time.monotonic() - started, 1), **settings_of(plan)
    )
    written = report(results, out, figures)
    console.print(methods_table(results), markup=False, soft_wrap=True)
    console.print(f"written: {', '.join(map(str, written))}", markup=False, soft_wrap=True)


@app.command()
@_friendly
def record(
    model: Annotated[str, typer.Option(help='"tiny", a Hub id, or a folder')] = "tiny",
    problems: Annotated[str, typer.Option(help="bundled set (test, validation) or a .jsonl file")] = "test",
    tiers: Annotated[str, typer.Option(help="comma-separated tiers, or all")] = "medium,hard",
    tries: Annotated[int, typer.Option(help="problems looked at for each story")] = 150,
    out: Annotated[Path, typer.Option(help="folder of the recorded runs")] = ASSETS / "runs",
) -> None:
    """Search a problem set for the runs that the page's gallery shows, and record them."""
    lm = FrozenLM.load(model, device="cpu")
    pool = evenly_over_tiers(_problem_set(problems), tiers, 10_000)
    for story, trace in gallery.record(lm, pool, out, tries):
        told = f"{trace.problem.id}: {trace.title}" if trace else "no problem tells it"
        console.print(f"{story.key}: {told}", markup=False)
    gallery.write_provenance(
        out, f"seek-viz record --model {model} --problems {problems} --tiers {tiers} --tries {tries}"
    )


def _problem_set(name: str) -> list[Problem]:
    """A bundled set by name, or a file."""
    return bundled_problems().get(name) or load_problems(name)


def _numbers(name: str, text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError as error:
        raise UserError(name, text, "a number, or several with commas", f"Correct --{name}.") from error


def _warn(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        complaints.print(Text(f"warning: {sentence}", style="yellow"), soft_wrap=True)


def _changes_at(trace: Trace, iteration: int) -> list[str]:
    """The settings that are others from this iteration on."""
    before: dict[str, Any] = {}
    lines = []
    for name, values in trace.changed_settings.items():
        for start, value in values:
            if start == iteration > 0:
                lines.append(f"from here on {name} = {written(value)}, {written(before[name])} before")
            before[name] = value
    return lines


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _step_line(step: SeekStep) -> Text:
    mark = {True: "right", False: "wrong", None: "no gold"}[step.correct]
    answer = step.answer if step.answer is not None else "(could not parse)"
    line = Text(f"iteration {step.iteration}  R {step.reward.value:+.3f}  answer {answer}  ", style="bold")
    line.append(mark, style={"right": "green", "wrong": "red"}.get(mark, "dim"))
    line.append(f"  {sum(step.elapsed_s.values()):.2f} s", style="dim")
    return line


def _step_text(trace: Trace, step: SeekStep) -> Text:
    """The decoded text; prefix underlined, tokens that differ from the iteration before in reverse."""
    before = trace.steps[step.iteration - 1].token_ids if step.iteration else step.token_ids
    text = Text()
    for position, (token_id, piece) in enumerate(zip(step.token_ids, step.tokens, strict=True)):
        prefix = position < step.num_prefix
        flipped = prefix and (position >= len(before) or before[position] != token_id)
        text.append(piece, style=" ".join(["underline"] * prefix + ["reverse"] * flipped))
    return text


if __name__ == "__main__":
    app()
