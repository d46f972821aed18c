"""seek_viz: an interactive explorer of LatentSeek (arXiv 2505.13308)."""

__version__ = "0.1.0"
