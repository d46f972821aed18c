"""The models in memory, shared by all visitors, and the engine behind them, imported when first needed."""

from __future__ import annotations

import importlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

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
    return engine("model").FrozenLM.load(name)


def engine(module: str) -> Any:
    """A module of the engine, imported on first use: torch takes seconds, and the page must not wait."""
    with _importing:
        return importlib.import_module(f"seek_viz.{module}")


class ModelPool:
    """Models in memory, shared by all visitors; the least recently used one goes first.

    A model that is being loaded is waited for by those who asked for it, and by nobody else.
    """

    def __init__(self, loader: Loader = load_model, capacity: int = 2) -> None:
        """An empty pool that keeps at most `capacity` models."""
        self._loader, self._capacity = loader, capacity
        self._models: OrderedDict[str, FrozenLM] = OrderedDict()
        self._loading: dict[str, Future[FrozenLM]] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> FrozenLM:
        """The model of that name, loaded if need be; who asks for the same one meanwhile waits for it.

        Raises:
            UserError: it cannot be loaded; the next call tries again.
        """
        with self._lock:
            if name in self._models:
                self._models.move_to_end(name)
                return self._models[name]
            waiting = self._loading.get(name)
            mine: Future[FrozenLM] = self._loading.setdefault(name, Future())
        if waiting is not None:
            return waiting.result()
        try:
            lm = self._loader(name)
        except BaseException as error:
            with self._lock:
                del self._loading[name]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._loading[name]
            self._models[name] = lm
            while len(self._models) > self._capacity:
                self._models.popitem(last=False)
        mine.set_result(lm)
        return lm

    def holds(self, name: str) -> bool:
        """Whether `get` will return at once."""
        return name in self._models
