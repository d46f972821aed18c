"""Serves the page: python app.py, or a Hugging Face Space."""

from seek_viz.app.page import main

if __name__ == "__main__":
    main()
