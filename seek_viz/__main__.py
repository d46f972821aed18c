"""Serves the page of an installed package: python -m seek_viz."""

from seek_viz.app.page import launch

if __name__ == "__main__":
    launch()
