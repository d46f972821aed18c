"""`python -m seek_viz.cli` is `seek-viz`."""

from seek_viz.cli import app

app()
