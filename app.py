"""Serves the page: python app.py, or a Hugging Face Space."""

from seek_viz.ui import launch

if __name__ == "__main__":
    launch()
