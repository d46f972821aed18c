"""Serves the page of an installed package: python -m seek_viz."""

from seek_viz.app.page import main

if __name__ == "__main__":
    main()
