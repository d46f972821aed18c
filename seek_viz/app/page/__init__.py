"""The page: `layout.py` says what is on it, `wiring.py` what calls what, `callbacks.py` what happens then,
`streaming.py` what the page is told of it, `run_estimate.py` what is known of a run beforehand; `serve.py`
builds and serves it, `command.py` reads host and port. What it loads comes from `routes.py` (runs) and
`static.py` (the player); `guard.py` stands before every request.

The workbench is one `gr.HTML` with a constant template; it keeps the run in the browser, gets messages
(`show.message_*`) as its value, and fetches the runs that they tell of. It never renders text from a model as
HTML. Run is a timer whose ticks make one step each, so that visitors take turns and Pause takes hold between
two steps.
"""

from seek_viz.app.page.command import main
from seek_viz.app.page.serve import build, launch, recordings

__all__ = ["build", "launch", "main", "recordings"]
