"""A run as files that stand alone: one HTML page that replays it, a table, the trace itself.

The HTML file holds the player's own modules, the style sheets and plotly.js. A browser reads no module from
beside a page on a USB stick, so an import map gives each module as a data: address, and `./dom.js` inside it
becomes `seek/dom.js`. The run goes in as JSON without a literal "<": no text can end its script element. A
content-security policy in the page forbids every request.
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
from seek_viz.show import run_view, with_path

WORKBENCH = Path(__file__).parent / "workbench"
PLOTLY = Path(plotly.__file__).parent / "package_data"
_IMPORT = re.compile(r'(\bfrom\s*|\bimport\s*\(?\s*)"\./([\w-]+\.js)"')
_FORMULA = re.compile(r"[=+@\t\r]|-(?![\d.])")
"""How a text begins that a spreadsheet would calculate."""


def to_html(trace: Trace) -> str:
    """One page that replays the run with no server and no network."""
    run = {
        "view": run_view(with_path(trace), "exported"),
        "files": {kind: FORMATS[kind][0](trace) for kind in ("csv", "json")},
    }
    page = Template((WORKBENCH / "replay.html").read_text(encoding="utf-8"))
    return page.substitute(
        title=html.escape(trace.title or f"{trace.problem.id}, replayed"),
        styles="\n".join((WORKBENCH / name).read_text(encoding="utf-8") for name in _styles()),
        plotly=_inline_script((PLOTLY / "plotly.min.js").read_text(encoding="utf-8")),
        modules=_inline_json({"imports": _modules()}),
        run=_inline_json(run),
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


FORMATS: dict[str, tuple[Callable[[Trace], str], str]] = {
    "html": (to_html, "text/html"),
    "csv": (to_csv, "text/csv"),
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


def _modules() -> dict[str, str]:
    """The import map: every module of the player by the name that the others import it by."""
    modules = {}
    for path in sorted(WORKBENCH.glob("*.js")):
        source = _IMPORT.sub(r'\1"seek/\2"', path.read_text(encoding="utf-8"))
        encoded = base64.b64encode(source.encode()).decode("ascii")
        modules[f"seek/{path.name}"] = f"data:text/javascript;base64,{encoded}"
    return modules


def _styles() -> list[str]:
    """The style sheets that the player loads, in its order."""
    return re.findall(r'"([\w-]+\.css)"', (WORKBENCH / "player.js").read_text(encoding="utf-8"))


def _inline_script(source: str) -> str:
    """A script that may stand in a page: nothing in it ends its element."""
    return re.sub(r"<(?=/script|!--)", r"\\x3c", source, flags=re.IGNORECASE)


def _inline_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )
