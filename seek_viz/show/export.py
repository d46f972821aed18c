"""A run as files that stand alone: one HTML page that replays it, a table, the trace itself.

The HTML file holds the player's own files and plotly.js. A browser reads no module from beside a page on a
USB stick, and nothing lies beside a data: address: an import map gives each file as one, by its name after
"seek/". The run goes in as JSON without a literal "<": no text can end its script element. A content-
security policy in the page forbids every request.
"""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any

import plotly

from seek_viz.errors import UserError
from seek_viz.record import Trace, Truth, trace_to_dict
from seek_viz.record.alignment import alignment_of
from seek_viz.record.writing import write_text
from seek_viz.settings.config import SETTINGS
from seek_viz.show import message_open, pair_view, run_view, stop_sentence, with_path

WORKBENCH = Path(__file__).parent / "workbench"
PLOTLY = Path(plotly.__file__).parent / "package_data"
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
"""Of the player's files."""
_FORMULA = re.compile(r"[=+@\t\r]|-(?![\d.])")
"""Start of a text that a spreadsheet would evaluate as a formula."""


def to_html(trace: Trace, beside: Trace | None = None, query: str = "") -> str:
    """One page that replays the run with no server and no network.

    Args:
        trace: the run.
        beside: another that it is compared with.
        query: what is shown when it opens (iteration, position and the like), as in a link.
    """
    runs = {"run": with_path(trace)} | ({"beside": with_path(beside)} if beside else {})
    saved = {
        "views": {name: run_view(one, name) for name, one in runs.items()},
        "pair": pair_view(runs["beside"], runs["run"]) if beside else None,
        "files": {
            name: {kind: write(one) for kind, (write, _) in FORMATS.items() if kind != "html"}
            for name, one in runs.items()
        },
        "message": message_open(1, "run", "beside" if beside else "", query),
    }
    page = Template((WORKBENCH / "replay.html").read_text(encoding="utf-8"))
    return page.substitute(
        title=html.escape(trace.title or f"{trace.problem.id}, replayed"),
        plotly=_inline_script((PLOTLY / "plotly.min.js").read_text(encoding="utf-8")),
        modules=_inline_json({"imports": player_files()}),
        saved=_inline_json(saved),
    )


_TRUTH_CELLS: dict[Truth, str] = {"right": "true", "wrong": "false", "undecided": "undecided", "unknown": ""}


def to_csv(trace: Trace) -> str:
    """One row per iteration; an answer that a spreadsheet would calculate gets an apostrophe before it."""
    verifiers = list(dict.fromkeys(v.verifier for step in trace.steps for v in step.reward.verdicts))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    change = ["update_norm", "distance", "flips", "shifted", "dropped"]
    head = ["iteration", "reward", *verifiers, "answer", "correct", *change, "tokens", "cut_by"]
    writer.writerow(head)
    for previous, step in zip((None, *trace.steps), trace.steps, strict=False):
        rulings = {verdict.verifier: verdict.ruling for verdict in step.reward.verdicts}
        answer, alignment = step.answer or "", alignment_of(previous, step)
        writer.writerow(
            [
                step.iteration,
                "" if step.reward.value is None else step.reward.value,
                *(rulings.get(name, "") for name in verifiers),
                f"'{answer}" if _FORMULA.match(answer) else answer,
                _TRUTH_CELLS[trace.truth(step.iteration)],
                step.update.step_norm if step.update else "",
                step.distance,
                alignment.num_flips,
                alignment.num_shifted,
                len(alignment.dropped),
                len(step.token_ids),
                step.cut_by or ("token_cap" if step.truncated else ""),
            ]
        )
    return table.getvalue()


def to_json(trace: Trace) -> str:
    """The trace file: `load_trace` reads it."""
    return json.dumps(trace_to_dict(with_path(trace)), ensure_ascii=False, separators=(",", ":"))


def to_text(trace: Trace) -> str:
    """Question, settings, and what each iteration wrote, as plain text."""
    problem = trace.problem
    settings = [f"{setting.title}: {getattr(trace.config, key)}" for key, setting in SETTINGS.items()]
    parts = [trace.title, problem.question, f"Gold answer: {problem.gold or 'unknown'}", "\n".join(settings)]
    for step in trace.steps:
        reward = "none" if step.reward.value is None else f"{step.reward.value:.2f}"
        answer = f"{step.answer or 'none'} ({trace.truth(step.iteration)})"
        parts.append(f"Iteration {step.iteration}: reward {reward}, answer {answer}\n{step.text}")
    parts.append(stop_sentence(trace) or "The run has not ended.")
    return "\n\n".join(filter(None, parts)) + "\n"


FORMATS: dict[str, tuple[Callable[[Trace], str], str]] = {
    "html": (to_html, "text/html"),
    "csv": (to_csv, "text/csv"),
    "txt": (to_text, "text/plain; charset=utf-8"),
    "json": (to_json, "application/json"),
}
"""Ending of a file -> what writes it, and its media type."""


def kind_of(path: Path) -> str:
    """The kind of file that a path's ending names.

    Raises:
        UserError: no such kind.
    """
    kind = path.suffix.removeprefix(".")
    if kind not in FORMATS:
        raise UserError(
            "kind of file", path.suffix, ", ".join(f".{name}" for name in FORMATS), "Rename --out."
        )
    return kind


def export(trace: Trace, path: Path) -> None:
    """Write a run as the kind of file that the path's ending names.

    Raises:
        UserError: no such kind.
    """
    write_text(path, FORMATS[kind_of(path)][0](trace))


def player_files() -> dict[str, str]:
    """The import map: each module and style sheet of the player; "./NAME" in them becomes "seek/NAME"."""
    texts = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(WORKBENCH.iterdir())
        if path.suffix in _MEDIA_TYPES
    }
    addresses = {}
    for name, text in texts.items():
        for other in texts:
            text = text.replace(f'"./{other}"', f'"seek/{other}"')
        encoded = base64.b64encode(text.encode()).decode("ascii")
        addresses[f"seek/{name}"] = f"data:{_MEDIA_TYPES[Path(name).suffix]};base64,{encoded}"
    return addresses


def _inline_script(source: str) -> str:
    """A script that may stand in a page: nothing in it ends its element."""
    return re.sub(r"<(?=/script|!--)", r"\\x3c", source, flags=re.IGNORECASE)


def _inline_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )
