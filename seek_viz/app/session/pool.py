"""The models in memory, shared by all visitors, and the engine behind them, imported when first needed."""

from __future__ import annotations

import importlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from seek_viz.app.session.turn import Turn

if TYPE_CHECKING:
    from seek_viz.model import FrozenLM

Loader = Callable[[str], "FrozenLM"]

_importing = threading.RLock()
"""Two threads that import torch and transformers at once can meet a half-made module."""


def load_model(name: str) -> FrozenLM:
    """Load a model; imports the engine on first use.

    Raises:
        UserError: see `FrozenLM.load`.
    """
    return deferred("model").FrozenLM.load(name)


def deferred(module: str) -> Any:
    """A module that imports torch, imported on first use: torch takes seconds, and the page must not wait."""
    with _importing:
        return importlib.import_module(f"seek_viz.{module}")


class ModelPool:
    """Models in memory, shared by all visitors; the least recently used one goes first."""

    def __init__(self, loader: Loader = load_model, capacity: int = 2) -> None:
        """An empty pool that keeps at most `capacity` models."""
        self._loader, self._capacity = loader, capacity
        self._models: OrderedDict[str, Future[FrozenLM]] = OrderedDict()
        self._lock = threading.Lock()  # held for a look at the table, never while a model is loaded
        self.turn = Turn()
        """Held while a step is made."""

    def get(self, name: str) -> FrozenLM:
        """The model of that name, loaded if need be; who asks for one that is being loaded waits for it.

        Raises:
            UserError: it cannot be loaded; the next who asks makes a new try.
        """
        with self._lock:
            if is_mine := name not in self._models:
                self._models[name] = Future()
            model = self._models[name]
            self._models.move_to_end(name)
        if is_mine:
            self._load(name, model)
        return model.result()

    def holds(self, name: str) -> bool:
        """Whether `get` will return at once."""
        model = self._models.get(name)
        return model is not None and model.done()

    def _load(self, name: str, model: Future[FrozenLM]) -> None:
        try:
            loaded = self._loader(name)
        except BaseException as error:
            with self._lock:
                del self._models[name]
            model.set_exception(error)
            return
        with self._lock:
            model.set_result(loaded)
            here = [key for key, one in self._models.items() if one.done()]
            for key in here[: max(0, len(here) - self._capacity)]:
                del self._models[key]
