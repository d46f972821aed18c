"""The boundary to transformers: a frozen causal language model, and how one is loaded."""

from seek_viz.model.frozen import Cache, FrozenLM
from seek_viz.model.processors import Filters

__all__ = ["Cache", "Filters", "FrozenLM"]
