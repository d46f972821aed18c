"""seek_viz: an interactive explorer of LatentSeek (arXiv 2505.13308)."""

from pathlib import Path

__version__ = "0.1.0"

_PACKAGE = Path(__file__).resolve().parent
ASSETS = _PACKAGE / "assets" if (_PACKAGE / "assets").is_dir() else _PACKAGE.parent / "assets"
"""The bundled model, problem sets and recorded runs: inside an installed package, beside it in the
repository. Only the scripts that make them write there."""
