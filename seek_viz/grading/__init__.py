"""Final answers: finding one in a text (`final.py`), and telling whether two are equal (`compare.py`).

It reads texts and knows nothing of models. The algebra system runs in a child process (`symbols.py`,
`worker.py`), with a deadline; nothing here imports it.
"""

from seek_viz.grading.compare import MAX_ANSWER_CHARS, answers_equal, check_gold, gold_advice, grouped
from seek_viz.grading.final import THINK_OPEN, after_thinking, final_answer
from seek_viz.grading.numbers import parse_number
from seek_viz.grading.symbols import DEADLINE_S, warm_up

__all__ = [
    "DEADLINE_S",
    "MAX_ANSWER_CHARS",
    "THINK_OPEN",
    "after_thinking",
    "answers_equal",
    "check_gold",
    "final_answer",
    "gold_advice",
    "grouped",
    "parse_number",
    "warm_up",
]
