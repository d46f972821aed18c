"""Serves the page of an installed package: python -m seek_viz."""

from seek_viz.ui import launch

if __name__ == "__main__":
    launch()
