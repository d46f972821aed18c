"""The results of a benchmark as JSON and Markdown tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seek_viz.bench.checks import FORMAT, Files
from seek_viz.bench.compare import comparisons
from seek_viz.bench.figures import accuracy_by_iteration, accuracy_by_tokens, draw, named, settings_map
from seek_viz.bench.methods import REREAD, SAMPLING
from seek_viz.bench.outcomes import Confusion, Outcome, balanced_accuracy, summary

FIGURES = ("iterations", "tokens", "settings")
"""Names of the figures, those that the results allow are drawn."""


def results_of(outcomes: Sequence[Outcome], against: Sequence[str] = (), **about: Any) -> dict[str, Any]:
    """JSON-able: `about`, a summary for each method in each setting, and the comparisons between them.

    Args:
        outcomes: of all methods, settings and seeds.
        against: as for `compare.comparisons`.
        about: what else the results say.

    Returns:
        `about` and "rows" (over all seeds), "seed_rows" (each seed by itself, where there are several),
        "comparisons".
    """
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.method, outcome.setting), []).append(outcome)
    rows, seed_rows = [], []
    for (method, setting), group in groups.items():
        rows.append({"method": method, "setting": setting, **summary(group)})
        seeds = dict.fromkeys(outcome.seed for outcome in group)
        for seed in seeds if len(seeds) > 1 else ():
            one = summary([outcome for outcome in group if outcome.seed == seed])
            seed_rows.append({"method": method, "setting": setting, "seed": seed, **one})
    compared = comparisons(outcomes, against)
    return {"format": FORMAT, **about, "rows": rows, "seed_rows": seed_rows, "comparisons": compared}


def report(results: dict[str, Any], files: Files, figures: bool = False) -> list[Path]:
    """Write the results (JSON), their tables (.md), and the figures that they allow (.svg).

    Args:
        results: of `results_of`.
        files: where to.
        figures: whether to draw; it takes kaleido and Chromium.

    Returns:
        The files that were written.

    Raises:
        UserError: kaleido or Chromium is missing; JSON and tables are written all the same.
    """
    drawn = {
        files.figure(name): figure
        for name, figure in zip(
            FIGURES,
            (accuracy_by_iteration(results), accuracy_by_tokens(results), settings_map(results)),
            strict=True,
        )
        if figures and figure is not None
    }
    results = results | {"files": [files.tables.name, *(path.name for path in drawn)]}
    # The results name the files that may be overwritten another time, so they are written first.
    _write(files.results, json.dumps(results, indent=1) + "\n")
    _write(files.tables, tables(results) + "\n")
    for path, figure in drawn.items():
        draw(figure, path)
    return [files.results, files.tables, *drawn]


def tables(results: dict[str, Any]) -> str:
    """All tables of the results, in Markdown."""
    parts = [methods_table(results), seeds_table(results), comparisons_table(results), judges_table(results)]
    return "\n\n".join(part for part in parts if part)


def _write(path: Path, text: str) -> None:
    """As a whole: a crash in the middle leaves what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def methods_table(results: dict[str, Any]) -> str:
    """One row a method and setting: accuracy, transitions, updates, tokens."""
    several = len({(row["method"], row["setting"]) for row in results["rows"]}) > len(
        {row["method"] for row in results["rows"]}
    )
    columns = ["method", *(["setting"] if several else []), "accuracy % (95 %)", "F→T", "T→F", "T→T", "F→F"]
    columns += [
        "updates",
        "no update",
        "accepted",
        "flips",
        "solver tokens",
        "verifier tokens",
        "no answer",
        "undecided",
    ]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for row in results["rows"]:
        accuracy, low, high = (100 * row[k] for k in ("accuracy", "accuracy_low", "accuracy_high"))
        cells = [row["method"], *([row["setting"]] if several else [])]
        fixed = f"{_count(row['F->T'])} of {_count(row['wrong_before'])}"
        cells += [f"{accuracy:.1f} ({low:.0f}-{high:.0f})", fixed]
        cells += [_count(row[key]) for key in ("T->F", "T->T", "F->F")]
        cells += [f"{row['mean_updates']:.1f}", _count(row["no_update"]), _count(row["accepted"])]
        cells += [f"{row['mean_flips']:.1f}", f"{row['solver_tokens']:,.0f}"]
        cells += [f"{row['verifier_tokens']:,.0f}", _count(row["without_answer"]), _count(row["undecided"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def seeds_table(results: dict[str, Any]) -> str:
    """Accuracy seed by seed of what is drawn at random; empty where there is one seed."""
    if not results["seed_rows"]:
        return ""
    lines = [
        "Seed by seed. Above, counts are means over seeds, and the interval is that of so many problems.\n",
        "| method | setting | seed | accuracy % (95 %) | F→T | T→F |",
        "|---" * 6 + "|",
    ]
    for row in results["seed_rows"]:
        accuracy, low, high = (100 * row[k] for k in ("accuracy", "accuracy_low", "accuracy_high"))
        cells = [row["method"], row["setting"], str(row["seed"]), f"{accuracy:.1f} ({low:.0f}-{high:.0f})"]
        cells += [f"{row['F->T']} of {row['wrong_before']}", str(row["T->F"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def comparisons_table(results: dict[str, Any]) -> str:
    """Method against method on the same problems, as `compare` says; empty without a pair."""
    rows = results["comparisons"]
    if not rows:
        return ""
    several = len({(row["method"], row["setting"]) for row in rows}) > len({row["method"] for row in rows})
    lines = [
        "Pairs on the same problems: exact McNemar test (two-sided binomial on the discordant pairs; seeds "
        f"are averaged within a problem first), Holm over the {len(rows)} pairs of this table.\n",
        "| method | against | problems | only it right | only the other | points (95 %) | p | p, Holm |",
        "|---" * 8 + "|",
    ]
    for row in rows:
        difference, low, high = (100 * row[key] for key in ("difference", "low", "high"))
        ours = f"{row['method']} {row['setting']}" if several else row["method"]
        theirs = f"{row['against']} {row['against_setting']}" if several else row["against"]
        cells = [ours, theirs.strip(), str(row["problems"]), str(row["better"]), str(row["worse"])]
        cells += [f"{difference:+.1f} ({low:+.1f} to {high:+.1f})", f"{row['p']:.2g}", f"{row['p_holm']:.2g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _count(value: float) -> str:
    """A count, or a mean of counts over seeds."""
    return str(value) if isinstance(value, int) else f"{value:.1f}"


def judges_table(results: dict[str, Any]) -> str:
    """The verifiers against the truth: on chains of thought, and on what came after them, each text once."""
    lines = [
        "| judged | verifier | balanced accuracy (unparsable counts as rejected) | TA / TR / FA / FR "
        "| of these unparsable |",
        "|---" * 5 + "|",
    ]
    for judged, counts in _judged(results["rows"]).items():
        for verifier, places in counts.items():
            balanced = balanced_accuracy(places)
            told = "n/a" if balanced is None else f"{100 * balanced:.1f} %"
            cells = [judged, verifier, told, " / ".join(map(str, places[:4])), str(places[4])]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _judged(rows: Sequence[dict[str, Any]]) -> dict[str, Confusion]:
    """What was judged -> how, each once.

    All methods share the chain of thought, a re-reading its host's texts, best-of-N its samples with the
    graded form.
    """
    found: dict[str, Confusion] = {}
    for name, row in named(rows):
        if row["first_judged"]:
            found.setdefault("chain of thought", row["first_judged"])
        if row["later_judged"] and row["method"] not in REREAD and row["later_judged"] not in found.values():
            found[f"{'samples' if row['method'] in SAMPLING else 'later texts'}, {name}"] = row[
                "later_judged"
            ]
    return found
