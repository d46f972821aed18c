"""The commands `seek-viz run`, `replay`, `export`, `bench`, `record`; user errors are caught here alone."""

from __future__ import annotations

import dataclasses
import functools
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from seek_viz import ASSETS, gallery
from seek_viz.alignment import alignment_of
from seek_viz.bench import ALL, checks
from seek_viz.bench.command import Wanted, kept
from seek_viz.bench.command import bench as run_benchmark
from seek_viz.bench.methods import COT
from seek_viz.config import SeekConfig, bounds
from seek_viz.context import never_judged
from seek_viz.errors import UserError
from seek_viz.export import export as export_run
from seek_viz.latents import load_latents, save_latents
from seek_viz.model import FrozenLM
from seek_viz.problem import Problem, bundled_problems, find_problem, load_problems, read_problems
from seek_viz.projection import cut_words, stop_sentence, with_path
from seek_viz.regions import with_regions
from seek_viz.registry import model_entry
from seek_viz.seek import new_trace, seek
from seek_viz.share import parse_settings
from seek_viz.tokens import visible_text
from seek_viz.trace import SeekStep, Trace, load_trace, save_trace, with_iterates

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__.splitlines()[0] if __doc__ else None
)
console = Console()


def _friendly(command: Callable[..., None]) -> Callable[..., None]:
    """Print a UserError as one line and leave with code 2."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except UserError as error:
            console.print(Text(f"error: {error}", style="red"))
            raise typer.Exit(2) from error

    return wrapped


@app.command()
@_friendly
def run(
    model: Annotated[str, typer.Option(help='"tiny", a Hub id, or a folder')] = "tiny",
    problem: Annotated[str | None, typer.Option(help="id of a bundled problem")] = None,
    question: Annotated[str | None, typer.Option(help="a question of your own instead")] = None,
    gold: Annotated[str | None, typer.Option(help="its gold answer, if known")] = None,
    preset: Annotated[Literal["default", "released"], typer.Option(help="see docs/parity.md")] = "default",
    reward: Annotated[Literal["self", "psrm", "constant"], typer.Option(help="R")] = "self",
    mode: Annotated[
        Literal["independent", "coherent"] | None,
        typer.Option(help="how latents become text; the model's own"),
    ] = None,
    eta: Annotated[float | None, typer.Option(help="learning rate")] = None,
    rho: Annotated[float | None, typer.Option(help="fraction of the text that is optimised")] = None,
    tau: Annotated[float | None, typer.Option(help="reward threshold")] = None,
    updates: Annotated[int | None, typer.Option("--updates", "-K", help="K, most updates")] = None,
    seed: Annotated[int, typer.Option(help="seed")] = 42,
    others: Annotated[
        list[str] | None, typer.Option("--set", help="any other setting of config.py, as name=value")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, mps")] = None,
    dtype: Annotated[str | None, typer.Option(help="float32, bfloat16, float16")] = None,
    control_of: Annotated[
        Path | None, typer.Option(help="a finished run.json: its problem, its settings, its step lengths")
    ] = None,
    direction: Annotated[
        Literal["gradient", "random", "random_token"] | None,
        typer.Option(help="where steps go; the others are controls, matched to a run by --control-of"),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="a run.json written with --latents, to go on with")
    ] = None,
    latents: Annotated[bool, typer.Option(help="also write run.safetensors with the full latents")] = False,
    out: Annotated[Path, typer.Option(help="where to write the run")] = Path("run.json"),
) -> None:
    """Run LatentSeek on one problem and record it."""
    lm = FrozenLM.load(model, device=device, dtype=dtype)
    given = {"learning_rate": eta, "rho": rho, "reward_threshold": tau, "max_updates": updates}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    changes |= parse_settings(others or []) | ({"direction": direction} if direction else {})
    state = None
    if resume is not None:
        trace = with_iterates(load_trace(resume), resume.with_suffix(".safetensors"))
        state = load_latents(trace, resume.with_suffix(".safetensors"), lm.device)
        trace = dataclasses.replace(
            trace, config=dataclasses.replace(trace.config, **changes), stop_reason=None
        )
    elif control_of is not None:
        host = load_trace(control_of)
        config = dataclasses.replace(host.config, **{"direction": "random"} | changes)
        trace = new_trace(lm, host.problem, config, host)
    else:
        chosen_mode = {"decode_mode": mode} if mode else {}
        config = SeekConfig.of_preset(
            preset, lm.preset, **{"reward": reward, "seed": seed, **chosen_mode, **changes}
        )
        chosen = _chosen_problem(problem, question, gold)
        trace = new_trace(lm, chosen, config)
    if warning := never_judged(lm, trace.problem.question, trace.config):
        console.print(Text(warning, style="yellow"))
    with _progress() as progress:
        task = progress.add_task("iteration", total=trace.config.max_updates + 1)
        for pair in seek(lm, trace, state):
            trace, state = pair
            progress.update(task, completed=len(trace.steps))
            progress.console.print(_step_line(trace, trace.steps[-1]))
            save_trace(with_path(trace), out)
            if latents:
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
    config, problem = trace.config, trace.problem
    console.print(Text(problem.question, style="bold"))
    console.print(
        f"gold {problem.gold or 'unknown'} · model {trace.model.name} ({trace.model.revision})", markup=False
    )
    console.print(
        f"{config.decode_mode} · reward {config.reward} · eta {config.learning_rate:g} · "
        f"rho {config.rho:g} · tau {config.reward_threshold:g} · K {config.max_updates} · "
        f"seed {config.seed} · {trace.created_at}",
        markup=False,
    )
    for step in trace.steps:
        console.print()
        console.print(_step_line(trace, step))
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
    against: Annotated[
        str | None,
        typer.Option(help="methods to compare each other one with; its control and samples of equal budget"),
    ] = None,
    model: Annotated[str, typer.Option(help='"tiny", a Hub id, or a folder')] = "tiny",
    problems: Annotated[
        str, typer.Option(help="bundled set (test, validation, validation-2) or a .jsonl file")
    ] = "test",
    tiers: Annotated[str, typer.Option(help="comma-separated tiers, or all")] = "medium,hard",
    limit: Annotated[int, typer.Option(help="how many problems, evenly over the tiers")] = 200,
    eta: Annotated[str | None, typer.Option(help="learning rate, or several, as 0.05,0.1")] = None,
    rho: Annotated[
        str | None, typer.Option(help="fraction of the text that is optimised, or several")
    ] = None,
    temperature: Annotated[str, typer.Option(help="of the samples, or several")] = "0.7",
    updates: Annotated[int, typer.Option("--updates", "-K", help="K, most updates")] = 10,
    tau: Annotated[float | None, typer.Option(help="reward threshold")] = None,
    seeds: Annotated[
        str,
        typer.Option("--seeds", "--seed", help="seed of samples and random directions, or several, as 1,2,3"),
    ] = "42",
    device: Annotated[str | None, typer.Option(help="cpu, cuda, mps")] = None,
    workers: Annotated[int, typer.Option(help="processes, each with a model of its own")] = 1,
    figures: Annotated[bool, typer.Option(help="draw .svg figures (kaleido, Chromium)")] = False,
    out: Annotated[Path, typer.Option(help="results, .json; tables, journal and log lie beside it")] = Path(
        "bench.json"
    ),
) -> None:
    """Compare methods on a problem set; goes on where an earlier start with the same plan was cut off."""
    names, etas, rhos = checks.names("methods", methods, ALL), None, None
    if eta is not None:
        etas = checks.numbers("eta", eta, *bounds("learning_rate"))
    if rho is not None:
        rhos = checks.numbers("rho", rho, *bounds("rho"))
    drawn = checks.whole_numbers("seeds", seeds, *map(int, bounds("seed")))
    given = {"max_updates": updates, "seed": drawn[0], "reward_threshold": tau}
    base = SeekConfig(
        **{**model_entry(model).preset, **{name: value for name, value in given.items() if value is not None}}
    )
    path = _problem_path(problems)
    command = shlex.join(["seek-viz", *sys.argv[1:]])
    wanted = Wanted(
        model=model,
        device=device,
        file=read_problems(path),
        tiers=tiers,
        limit=checks.at_least_one("limit", limit),
        methods=names,
        against=checks.names("against", against, (COT, *names)) if against is not None else (),
        base=base,
        etas=etas or (base.learning_rate,),
        rhos=rhos or (base.rho,),
        temperatures=checks.numbers("temperature", temperature, 0.0, 100.0),
        seeds=drawn,
        workers=checks.at_least_one("workers", workers),
        figures=figures,
        out=out,
        inputs=(path,),
        command=command,
    )
    try:
        run_benchmark(wanted, console)
    except KeyboardInterrupt as stop:
        console.print(kept(out, command), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(130) from stop


@app.command()
@_friendly
def record(
    out: Annotated[Path, typer.Option(help="folder of the recorded runs")],
    model: Annotated[str, typer.Option(help='"tiny", a Hub id, or a folder')] = "tiny",
    problems: Annotated[
        str, typer.Option(help="bundled set (test, validation, validation-2) or a .jsonl file")
    ] = "test",
    tiers: Annotated[str, typer.Option(help="comma-separated tiers, or all")] = "medium,hard",
    tries: Annotated[int, typer.Option(help="problems looked at for each story")] = 150,
) -> None:
    """Search a problem set for the runs that the page's gallery shows, and record them."""
    checks.at_least_one("tries", tries)
    found = [problem for problem in load_problems(_problem_path(problems)) if problem.gold]
    pool = checks.evenly_over_tiers(found, tiers, 10_000)
    lm = FrozenLM.load(model, device="cpu")
    for story, trace in gallery.record(lm, pool, out, tries):
        told = f"{trace.problem.id}: {trace.title}" if trace else "no problem tells it"
        console.print(f"{story.key}: {told}", markup=False)
    gallery.write_provenance(
        out,
        f"seek-viz record --out {out} --model {model} --problems {problems} --tiers {tiers} --tries {tries}",
    )


def _problem_path(name: str) -> Path:
    """The file of a bundled set, or the one that is named."""
    bundled = ASSETS / "problems" / f"{name}.jsonl"
    return bundled if name in bundled_problems() else Path(name)


def _chosen_problem(problem: str | None, question: str | None, gold: str | None) -> Problem:
    if (problem is None) == (question is None):
        raise UserError("problem", problem, "either --problem ID or --question TEXT", "Give exactly one.")
    return find_problem(problem) if problem is not None else Problem("own", question or "", gold)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _step_line(trace: Trace, step: SeekStep) -> Text:
    truth = trace.truth(step.iteration)
    mark = {"unknown": "no gold", "undecided": "could not be compared"}.get(truth, truth)
    answer = step.answer if step.answer is not None else "(could not parse)"
    reward = "not judged" if step.reward.value is None else f"R {step.reward.value:+.3f}"
    line = Text(f"iteration {step.iteration}  {reward}  answer {answer}  ", style="bold")
    line.append(mark, style={"right": "green", "wrong": "red"}.get(mark, "dim"))
    if step.iteration:
        change = alignment_of(trace.steps[step.iteration - 1], step)
        counts = {"shifted": change.num_shifted, "dropped": len(change.dropped)}
        words = [f"{change.num_flips} flipped", *(f"{n} {what}" for what, n in counts.items() if n)]
        line.append(f"  {', '.join(words)}", style="dim")
    line.append(f"  {sum(step.elapsed_s.values()):.2f} s", style="dim")
    if cut := cut_words(step, trace.model):
        line.append(f"  {cut}", style="yellow")
    return line


def _step_text(trace: Trace, step: SeekStep) -> Text:
    """The decoded text; prefix underlined, flipped tokens in reverse, shifted ones in italics."""
    change = alignment_of(trace.steps[step.iteration - 1] if step.iteration else None, step)
    parts = step.byte_parts or [""] * len(step.tokens)
    text = Text()
    for position, (piece, part) in enumerate(zip(step.tokens, parts, strict=True)):
        shown = visible_text(piece)
        if position >= step.num_prefix:
            text.append(shown)
        elif change.partners[position] is None:  # seen even where it is a line break, or no whole character
            text.append(shown.replace("\n", "⏎\n") or part, style="underline reverse")
        else:
            text.append(shown, style="underline italic" if change.shifts[position] else "underline")
    return text


if __name__ == "__main__":
    app()
