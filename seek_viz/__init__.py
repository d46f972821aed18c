"""seek_viz: an interactive explorer of LatentSeek (arXiv 2505.13308)."""

from pathlib import Path

__version__ = "0.1.0"

ASSETS = Path(__file__).resolve().parent.parent / "assets"
"""The bundled model, problem sets and recorded runs, beside the package."""
