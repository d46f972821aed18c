"""Writes docs/settings.md from what the settings say of themselves.

python docs/settings.py
"""

from __future__ import annotations

from pathlib import Path

from seek_viz.settings.config import SETTINGS
from seek_viz.settings.setting import GROUPS, SAME, Setting, written

TARGET = Path(__file__).with_suffix(".md")
HEAD = """# Settings

Written by `python docs/settings.py` from the declarations in `seek_viz/settings/config.py`. An option of
`seek-viz run` has the name that a link has; a recording has the field's.
"""


def page() -> str:
    """The whole document."""
    parts = [HEAD]
    for group, heading in GROUPS.items():
        rows = [_row(setting) for setting in SETTINGS.values() if setting.group == group]
        head = "| option, field | allowed; default | what it is |\n|---|---|---|"
        parts.append("\n".join([f"## {heading}\n", head, *rows]) + "\n")
    return "\n".join(parts)


def _row(setting: Setting) -> str:
    names = f"`--{setting.name}`" + (f", `{setting.short}`" if setting.short else "")
    field = "" if setting.key == setting.name else f"<br>`{setting.key}`"
    gloss = setting.gloss[:1].upper() + setting.gloss[1:]
    told = f"{setting.symbol}: {setting.gloss}." if setting.symbol else f"{gloss}."
    told += f" {setting.explanation}" if setting.explanation else ""
    if setting.released is not SAME:
        told += f" Released: `{written(setting.released)}`."
    if setting.fixed:
        told += " Fixed by a run's first step."
    told = told.replace("|", r"\|")
    return f"| {names}{field} | {_allowed(setting)}; `{written(setting.default)}` | {told} |"


def _allowed(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(f"`{name}`" for name in setting.choices)
    if setting.kind == "switch":
        return "`true`, `false`"
    kind = "whole number" if setting.kind == "whole" else "number"
    low, high = setting.bounds
    return f"{kind}, {low} to {high}" + (", or `none`" if setting.optional else "")


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
