"""The app without its page: one live run per visitor, the models they share, and what a run will take.

    pool.py      models in memory, and the engine (torch), imported when it is first needed
    visitor.py   one visitor's run: start, advance, pause, reset
    store.py     the sessions of all visitors
    turn.py      whose step is computed now
    forecast.py  a model's size, free memory, and the pace of updates made before

It knows nothing of gradio, and the page opens before torch is imported.
"""

from seek_viz.app.session.forecast import Forecast, Forecaster
from seek_viz.app.session.pool import ModelPool
from seek_viz.app.session.store import SessionStore
from seek_viz.app.session.visitor import Begun, Event, Mapped, Progress, Session, StepDone
from seek_viz.record.estimate import ModelSize

__all__ = [
    "Begun",
    "Event",
    "Forecast",
    "Forecaster",
    "Mapped",
    "ModelPool",
    "ModelSize",
    "Progress",
    "Session",
    "SessionStore",
    "StepDone",
]
