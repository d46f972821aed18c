"""The estimate beside the buttons: memory and time of a run, in words."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gradio as gr

from seek_viz.app.session import Forecast, Forecaster, ModelSize
from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem
from seek_viz.settings.config import SeekConfig

Words = dict[str, object]
"""{"lines": [[name, words], ...], "warns": bool}: JSON for the box, which shows it as text."""

# The box is spoken to those who do not see it, and keeps its height whatever it says.
_TEMPLATE = '<div class="outlook" role="status" tabindex="0" aria-label="What the run will take"></div>'
_SCRIPT = """
const box = element.querySelector('.outlook');
const made = (tag, ...children) => {
  const node = document.createElement(tag);
  node.append(...children);
  return node;
};
const show = () => {
  const { lines, warns } = JSON.parse(props.value || '{"lines": []}');
  box.classList.toggle('warns', Boolean(warns));
  box.replaceChildren(...lines.map(([name, words]) => made('p', made('b', name), ' ', words)));
};
watch('value', show);
show();
"""
_SHORT = {"bfloat16": "bf16", "float16": "fp16"}


def outlook_box() -> gr.HTML:
    """Where the words are shown."""
    return gr.HTML(
        html_template=_TEMPLATE,
        js_on_load=_SCRIPT,
        apply_default_css=False,
        elem_id="outlook",
    )


def foreseen(forecaster: Forecaster, asked: Callable[[], tuple[str, Problem, SeekConfig]]) -> Words:
    """The estimate for the run described by the form.

    Args:
        forecaster: knows sizes and paces.
        asked: reads the form: model, problem, settings.
    """
    try:
        model, _, config = asked()
        return outlook(forecaster.of(model), config)
    except UserError as error:  # Run would say the same
        return {"lines": [["No estimate.", str(error)]]}
    except Exception:
        logging.getLogger(__name__).exception("no estimate")
        return {"lines": [["No estimate:", "this model's size could not be read. It may run all the same."]]}


def advised(words: Words, advice: Callable[[], list[str]]) -> Words:
    """The words, with what to say of unusual settings before them."""
    try:
        lines = [["Check:", sentence] for sentence in advice()]
    except UserError:  # the words say it already
        return words
    return {"lines": [*lines, *words["lines"]], "warns": bool(lines) or words.get("warns")}  # type: ignore[misc]


def outlook(forecast: Forecast | None, config: SeekConfig) -> Words:
    """Memory and time, as far as they are known.

    Args:
        forecast: None where the model is not on this machine.
        config: the run's settings.
    """
    if forecast is None:
        words = "unknown until the model is here: Start fetches it from the Hub."
        return {"lines": [["Memory and time", words]]}
    lines = [["Memory", _memory(forecast)], ["Time", _time(forecast, config.max_updates)]]
    if not forecast.fits:
        weights, free = size(forecast.size.weights_bytes), size(forecast.free_bytes)
        words = f"the weights alone are {weights}, and {free} are free. Take a smaller model."
        lines = [["Will not fit:", words], *lines]
    return {"lines": lines, "warns": not forecast.fits}


def size_words(name: str, model: ModelSize | None) -> str:
    """The model being loaded, with its size where known."""
    if model is None:
        return name
    return f"{name}, {parameters(model.num_parameters)} parameters, {size(model.weights_bytes)}"


def _memory(forecast: Forecast) -> str:
    weights, where = forecast.size, "in memory" if forecast.is_loaded else "to be loaded"
    dtype = _SHORT.get(weights.dtype, weights.dtype)
    return f"{size(weights.weights_bytes)} of {dtype} weights {where}; {size(forecast.free_bytes)} free"


def _time(forecast: Forecast, most: int) -> str:
    if forecast.update_s is None:
        return f"unknown until the first step; K = {most} at most"
    made = f"{forecast.num_made} update{'s' * (forecast.num_made > 1)} made here"
    basis = made if forecast.num_made else "as recorded"
    each, all_of_them = duration(forecast.update_s), duration(most * forecast.update_s)
    return f"{each} an update ({basis}), so {all_of_them} for K = {most} at most"


def duration(seconds: float) -> str:
    """A time as people say it, no finer than it is known."""
    if seconds < 1:
        return f"{max(0.1, seconds):.1f} s"
    if seconds < 20:
        return f"{seconds:.0f} s"
    if seconds < 90:
        return f"{5 * round(seconds / 5)} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def size(num_bytes: float) -> str:
    """Bytes, in decimal units, to two digits."""
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if num_bytes >= unit:
            amount = num_bytes / unit
            return f"{amount:.1f} {name}" if amount < 10 else f"{amount:.0f} {name}"
    return f"{num_bytes / 1e3:.0f} kB"


def parameters(count: int) -> str:
    """A number of parameters as models are called by it."""
    return f"{count / 1e9:.1f} B" if count >= 1e9 else f"{count / 1e6:.1f} M"
