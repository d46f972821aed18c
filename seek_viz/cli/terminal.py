"""What the commands print to: no text from a file or a model steers the terminal, or stops a command."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console, ConsoleRenderable, RenderHook
from rich.text import Text

_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"},  # their control pictures
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),  # C1: some terminals read escapes in them
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C], 0xFFFD),
}
"""Characters that steer a terminal or turn the text round, and one that stands for each."""


class _Pictures(RenderHook):
    """Shows control characters as pictures, and marks of direction as a replacement character."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """The same, each character of a text as one that a terminal only shows."""
        for one in renderables:
            if isinstance(one, Text):  # as long as before, so that styles stay where they are
                one.plain = one.plain.translate(_PICTURES)
        return renderables


def _console(**options: Any) -> Console:
    made = Console(**options)
    made.push_render_hook(_Pictures())
    return made


for _stream in (sys.stdout, sys.stderr):
    # A letter that the terminal does not have, such as tau in cp1252, becomes "?" and ends no run.
    if reconfigure := getattr(_stream, "reconfigure", None):
        reconfigure(errors="replace")

console, complaints = _console(), _console(stderr=True)
