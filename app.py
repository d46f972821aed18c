"""Serves the page: python app.py, or a Hugging Face Space."""

from seek_viz.app.page import launch

if __name__ == "__main__":
    launch()
