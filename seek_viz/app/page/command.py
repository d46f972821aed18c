"""The command that serves the page, `python app.py` and `python -m seek_viz`: what it may be told."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from seek_viz.app.page.serve import launch

_PORTS = range(1, 65536)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the page as the command line says; what it does not say, gradio's variables do.

    Args:
        arguments: by default those of the process.
    """
    launch(**launch_options(arguments))


def launch_options(arguments: Sequence[str] | None) -> dict[str, Any]:
    """What was given, as `launch` takes it: an option that was not given leaves gradio's variable in force.

    Raises:
        SystemExit: help was asked for, or an option cannot be understood.
    """
    parser = argparse.ArgumentParser(
        description="Serves the page, until Ctrl-C.", argument_default=argparse.SUPPRESS
    )
    parser.add_argument(
        "--host",
        dest="server_name",
        help="address to listen at; 0.0.0.0 lets other machines in (GRADIO_SERVER_NAME; default 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        dest="server_port",
        type=_port,
        help="port to listen at (GRADIO_SERVER_PORT; default: the first free one from 7860)",
    )
    parser.add_argument(
        "--share", action="store_true", help="make a public link through gradio's servers (GRADIO_SHARE=True)"
    )
    return vars(parser.parse_args(arguments))


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if port not in _PORTS:
        raise argparse.ArgumentTypeError(f"got {text!r}; allowed: {_PORTS[0]} to {_PORTS[-1]}")
    return port
