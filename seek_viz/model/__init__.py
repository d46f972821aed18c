"""The boundary to transformers: a frozen causal language model, and how one is loaded."""

from seek_viz.model.frozen import Cache, FrozenLM

__all__ = ["Cache", "FrozenLM"]
