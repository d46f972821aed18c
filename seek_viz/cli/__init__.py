"""The commands `seek-viz run`, `replay`, `export`, `bench`, `record`.

User errors are caught here alone.
"""

from __future__ import annotations

import functools
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from seek_viz import ASSETS
from seek_viz.bench import ALL, checks, gallery
from seek_viz.bench.command import Wanted, kept
from seek_viz.bench.command import bench as run_benchmark
from seek_viz.bench.methods import COT
from seek_viz.cli.options import (
    as_typed,
    chosen_problem,
    given_settings,
    lost_on_resume,
    run_to_go_on,
    with_settings,
)
from seek_viz.cli.terminal import complaints, console
from seek_viz.engine.context import never_judged
from seek_viz.engine.decode_regions import with_regions
from seek_viz.engine.latents import LatentState, load_latents, save_latents
from seek_viz.engine.seek import check_asked, check_judge, check_prompt, new_trace, seek
from seek_viz.errors import UserError
from seek_viz.grading import gold_advice
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import bundled_problems, load_problems, read_problems
from seek_viz.record import SeekStep, Trace, load_trace, save_trace
from seek_viz.record.alignment import alignment_of
from seek_viz.record.resume import check_model
from seek_viz.record.tokens import visible_text
from seek_viz.record.writing import check_place, unused
from seek_viz.settings.advice import advice
from seek_viz.settings.config import SETTINGS, SeekConfig
from seek_viz.settings.registry import model_entry
from seek_viz.settings.setting import written
from seek_viz.show import cut_words, stop_sentence, with_path
from seek_viz.show.export import export as export_run
from seek_viz.show.export import kind_of

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__.splitlines()[0] if __doc__ else None
)


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
@with_settings
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
        Literal["default", "released"] | None,
        typer.Option(help="default, with what suits the model; or as released, see docs/parity.md"),
    ] = None,
    others: Annotated[
        list[str] | None, typer.Option("--set", help="a setting by its field's name, as name=value")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, mps")] = None,
    dtype: Annotated[str | None, typer.Option(help="float32, bfloat16, float16")] = None,
    control_of: Annotated[
        Path | None, typer.Option(help="a finished run.json: its problem, its settings, its step lengths")
    ] = None,
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
        Path | None,
        typer.Option(help="where to write the run: run.json, run-2.json if that exists, or the resumed file"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace what is there")] = False,
    *,
    settings: dict[str, str],
) -> None:
    """Run LatentSeek on one problem and record it. A setting that is not given is the preset's."""
    changes, called = given_settings(settings, others or [])
    with_latents = latents or resume is not None
    out = _target(out, resume, with_latents, overwrite)
    with as_typed(called):
        if resume is None:
            lm, trace = _begun(
                model, device, dtype, preset, (problem, question, gold), changes, called, control_of
            )
            state = None
        elif control_of is not None:
            hint = "A control that is resumed keeps the step lengths that it was begun with: leave it out."
            raise UserError("--control-of", str(control_of), "no --resume beside it", hint)
        else:
            given = {"--problem": problem, "--question": question, "--gold": gold, "--dtype": dtype}
            trace = run_to_go_on(resume, changes, given)
            _warn(advice(trace.config, called) + lost_on_resume(trace, preset))
            lm = FrozenLM.load(model or trace.model.given, device=device, dtype=trace.model.dtype)
            check_model(trace, lm.identity)
            check_prompt(trace, lm)
            check_judge(trace, lm)
            state = load_latents(trace, resume.with_suffix(".safetensors"), lm.device)
        _made(lm, trace, state, out, with_latents)


def _target(out: Path | None, resume: Path | None, with_latents: bool, overwrite: bool) -> Path:
    """Where the run is written, looked at before the model is loaded."""
    if resume is not None and out in (None, resume):
        return resume
    out = out or unused(Path("run.json"), ".safetensors")
    if out.suffix != ".json":
        raise UserError("--out", str(out), "a file that ends in .json", "Choose another --out.")
    check_place([out, out.with_suffix(".safetensors")] if with_latents else [out], overwrite=overwrite)
    return out


def _begun(
    model: str | None,
    device: str | None,
    dtype: str | None,
    preset: str | None,
    asked: tuple[str | None, str | None, str | None],
    changes: dict[str, Any],
    called: dict[str, str],
    control_of: Path | None,
) -> tuple[FrozenLM, Trace]:
    """A new run, of the problem that is asked, or with the problem and settings of the run it controls."""
    host = load_trace(control_of) if control_of is not None else None
    if host is None:
        model = model or "tiny"
        config = SeekConfig.of_preset(preset or "default", model_entry(model).preset, **changes)
        chosen = chosen_problem(*asked)
    else:
        if any(one is not None for one in (*asked, preset)):
            raise UserError(
                "--control-of",
                str(control_of),
                "no --problem, --question, --gold or --preset beside it",
                "A control has the problem and the settings of the run that it controls.",
            )
        model, chosen = model or host.model.given, host.problem
        config = host.config.changed(**{"direction": "random"} | changes)
    check_asked(chosen, config)
    if told := gold_advice(chosen.gold or ""):
        _warn([told])
    _warn(advice(config, called, is_matched=host is not None))
    lm = FrozenLM.load(model, device=device, dtype=dtype)
    _warn(lm.notes)
    trace = new_trace(lm, chosen, config, host)
    if warning := never_judged(lm, chosen.question, config):
        _warn([warning])
    return lm, trace


def _made(lm: FrozenLM, trace: Trace, state: LatentState | None, out: Path, with_latents: bool) -> None:
    """Make the steps that are left, each written as it is finished."""
    with _progress() as progress:
        task = progress.add_task("iteration", total=trace.config.max_updates + 1, completed=len(trace.steps))
        for pair in seek(lm, trace, state):
            trace, state = pair
            progress.update(task, completed=len(trace.steps))
            progress.console.print(_step_line(trace, trace.steps[-1]))
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
    if config.direction != "gradient":
        host = f"with the step lengths of the run of {trace.host.created_at}" if trace.host else "of no run"
        console.print(f"control: steps in the direction {config.direction}, {host}", markup=False)
    for step in trace.steps:
        console.print()
        for line in _changes_at(trace, step.iteration):
            console.print(line, markup=False)
        console.print(_step_line(trace, step))
        console.print(_step_text(trace, step))
        for verdict in step.reward.verdicts:
            style = {"approve": "green", "reject": "red"}.get(verdict.ruling, "yellow")
            console.print(Text(f"  {verdict.verifier}: {verdict.ruling}", style=style))
            if verdicts:
                console.print(Text(f"    {verdict.reply}", style="dim"))
    console.print()
    console.print(stop_sentence(trace) or "The run has not ended.", markup=False)


@app.command()
@_friendly
def export(
    path: Annotated[Path, typer.Argument(help="a recorded run")],
    out: Annotated[
        Path | None,
        typer.Option(help=".html replays it offline, .csv is a table, .json the trace; the run's name .html"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace what is there")] = False,
) -> None:
    """Write a recorded run as one file that stands alone."""
    out = out or unused(Path(path.with_suffix(".html").name))
    kind_of(out)
    check_place([out], overwrite=overwrite and not (out.exists() and out.samefile(path)))
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
        etas = checks.numbers("eta", eta, *SETTINGS["learning_rate"].bounds)
    if rho is not None:
        rhos = checks.numbers("rho", rho, *SETTINGS["rho"].bounds)
    temperatures = checks.numbers("temperature", temperature, 0.0, 100.0)
    drawn = checks.whole_numbers("seeds", seeds, *map(int, SETTINGS["seed"].bounds))
    given = {"max_updates": updates, "seed": drawn[0], "reward_threshold": tau}
    with as_typed({}):
        base = SeekConfig.of_preset("default", model_entry(model).preset).changed(
            **{name: value for name, value in given.items() if value is not None}
        )
    typed = {"learning_rate": "--eta", "rho": "--rho", "max_updates": "-K", "reward_threshold": "--tau"}
    told = checks.warnings_of(base, typed, {"learning_rate": etas or (), "rho": rhos or ()}, temperatures)
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
        temperatures=temperatures,
        seeds=drawn,
        workers=checks.at_least_one("workers", workers),
        figures=figures,
        out=out,
        inputs=(path,),
        command=command,
        warnings=tuple(told),
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
    gallery.check_folder(out)
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
