"""The app: `session/` is a visitor's run and what visitors share, `page/` shows it (gradio)."""
