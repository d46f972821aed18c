"""Trace -> numbers -> figures: everything the views show, computed once from a record, with no model at hand.

    path.py   principal coordinates of the iterates, one basis for the whole run
    text.py   flips, token diffs, steps to the next flip
    equations.py  equations checked in place (lexing.py, expressions.py, doubts.py)
    push.py   what a step was made of, and which tokens it moved
    region_view.py  where the iterates stand on the maps of their positions
    tree.py   the texts of all iterations as one prefix tree
    story.py  why the run stopped, and the flags that say "look here"
    pair.py   two runs beside each other: what differs, and one plane for both
    view.py   one JSON-able view of a run
    messages.py   what tells the page to show it

What it does not know: the plane between the points. A projected path is a shadow; lengths and
distances are therefore taken from the trace, where they were measured in the full space.
"""

from seek_viz.show.equations import equations
from seek_viz.show.messages import (
    message_begin,
    message_error,
    message_grown,
    message_idle,
    message_invite,
    message_open,
    message_progress,
)
from seek_viz.show.pair import counterpart, pair_view
from seek_viz.show.path import with_path
from seek_viz.show.region_view import regions_view
from seek_viz.show.story import cut_words, flags, stop_sentence
from seek_viz.show.text import flipped, steps_to_flip, token_diff
from seek_viz.show.tree import prefix_tree
from seek_viz.show.view import VIEW_VERSION, run_view, step_view, summary_view

__all__ = [
    "VIEW_VERSION",
    "counterpart",
    "cut_words",
    "equations",
    "flags",
    "flipped",
    "message_begin",
    "message_error",
    "message_grown",
    "message_idle",
    "message_invite",
    "message_open",
    "message_progress",
    "pair_view",
    "prefix_tree",
    "regions_view",
    "run_view",
    "step_view",
    "steps_to_flip",
    "stop_sentence",
    "summary_view",
    "token_diff",
    "with_path",
]
