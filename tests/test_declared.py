"""What is declared once is found everywhere: a setting, a reward and an optimiser, each added in one file,
and a panel, added in its own and in the list of panels.

They are added to a copy of the package, which another Python then uses.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from page_server import expect

from seek_viz.ascent import OPTIMIZERS
from seek_viz.errors import UserError
from seek_viz.rewards import REWARDS, RewardKind
from seek_viz.settings.config import SeekConfig

ROOT = Path(__file__).parent.parent

SETTING = """    patience: int = whole(3, "how many updates without a gain", (1, 9), symbol="P", group="main")

"""
REWARD = """from seek_viz.rewards import RewardKind

SHORT = RewardKind(
    "short",
    "shortness",
    "Short texts are good.",
    make=lambda task: lambda texts: [-len(t) / 100 for t in texts],
)
"""
OPTIMIZER = """from seek_viz.ascent import Optimizer


def update(z_LD, grad_LD, state, eta):
    return z_LD - eta * grad_LD.sign(), {"made": state["made"] + 1}


SIGN = Optimizer(
    "sign",
    "sign descent",
    "As far in each coordinate.",
    "η · sign(R ∇)",
    lambda z: {"made": z.new_zeros(())},
    update,
)
"""
PANEL = """import { el, panel } from "./dom.js";

export const lengthPanel = {
  id: "length",
  title: "Length of the text",
  of: "one",
  create,
  legend: () => [[el("b", {}, "n"), "how many tokens the text has"]],
};

function create() {
  const count = el("output", {});
  const { node } = panel(lengthPanel, count);
  const draw = ({ run, cursor }) => (count.textContent = `${run.steps[cursor].tokens.length} tokens`);
  return { node, draws: [[["run", "cursor"], draw]] };
}
"""
LOOK = """
import importlib.util, json, sys
import gradio as gr
from pathlib import Path
from typer.testing import CliRunner
from models import hand_made
from seek_viz.app.page.layout import problem_sets, sidebar
from seek_viz.cli import app
from seek_viz.engine.latents import load_latents, save_latents
from seek_viz.engine.seek import new_trace, seek
from seek_viz.problems.problem import Problem
from seek_viz.record.recipe import command_of, query_of, read_link, recipe_of
from seek_viz.settings.config import SeekConfig
from seek_viz.show import run_view, with_path
from seek_viz.show.export import to_html
from seek_viz.show.pair import differences

link = read_link("v=1&question=a&reward=short&optimizer=sign&patience=5&tau=5")
config = link.recipe.config
lm = hand_made()
*_, (trace, state) = seek(lm, new_trace(lm, Problem("p", "a"), SeekConfig(
    reward="short", optimizer="sign", patience=5, rho=0.5, max_updates=2, reward_threshold=5.0)))
save_latents(trace, state, "state.safetensors")
loaded = load_latents(trace, "state.safetensors", lm.device)
plain = SeekConfig(rho=0.5, max_updates=1, max_verifier_tokens=1)
*_, (plain, _) = seek(lm, new_trace(lm, Problem("p", "a"), plain))
view = run_view(with_path(trace))
Path("run.html").write_text(to_html(trace), encoding="utf-8")
with gr.Blocks():
    page = sidebar(problem_sets({}), {})
spec = importlib.util.spec_from_file_location("docs_settings", sys.argv[1])
docs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(docs)
print(json.dumps({
    "help": CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "200"}).stdout,
    "link": [config.reward, config.optimizer, config.patience],
    "query": query_of(recipe_of(trace)),
    "command": command_of(recipe_of(trace)),
    "form": {key: page[key].label for key in ("reward", "optimizer", "patience")},
    "choices": [page[key].choices for key in ("reward", "optimizer")],
    "docs": docs.page(),
    "settings": view["settings"],
    "judge": view["judge"],
    "rule": view["rule"],
    "rewards": [step.reward.value == -len(step.text) / 100 for step in trace.steps],
    "by": trace.steps[-1].reward.by,
    "page": Path("run.html").resolve().as_uri(),
    "lengths": [len(step.tokens) for step in trace.steps],
    "state": [loaded.optimizer, loaded.optimizer_state["made"].item()],
    "differences": [row["name"] for row in differences(plain, trace)],
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Where the three turn up."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "seek_viz", copy / "seek_viz", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "assets").symlink_to(ROOT / "assets")
    config = copy / "seek_viz" / "settings" / "config.py"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("    # --- Decoding -", f"{SETTING}    # --- Decoding -", 1), encoding="utf-8"
    )
    (copy / "seek_viz" / "rewards" / "short.py").write_text(REWARD, encoding="utf-8")
    (copy / "seek_viz" / "ascent" / "sign.py").write_text(OPTIMIZER, encoding="utf-8")
    workbench = copy / "seek_viz" / "show" / "workbench"
    (workbench / "length.js").write_text(PANEL, encoding="utf-8")
    panels = (workbench / "panels.js").read_text(encoding="utf-8")
    panels = panels.replace("  treePanel,\n", "  treePanel,\n  lengthPanel,\n")
    line = 'import { lengthPanel } from "./length.js";\n'
    (workbench / "panels.js").write_text(line + panels, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": f"{copy}{os.pathsep}{ROOT / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(ROOT / "docs" / "settings.py")],
        cwd=copy, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_in_the_command(found: dict[str, Any]) -> None:
    assert "--patience" in found["help"]
    assert "P: how many updates without a gain (default: 3)" in found["help"]
    assert "self|constant|psrm|short" in found["help"]
    assert "adam|sgd|sign" in found["help"] or "adam|sign|sgd" in found["help"]
    assert "--patience 5" in found["command"]
    assert "--reward short" in found["command"]
    assert "--optimizer sign" in found["command"]


def test_in_a_link_both_ways(found: dict[str, Any]) -> None:
    assert found["link"] == ["short", "sign", 5]
    assert {"reward=short", "optimizer=sign", "patience=5"} <= set(found["query"].split("&"))


def test_in_the_form(found: dict[str, Any]) -> None:
    assert found["form"] == {"reward": "R  reward", "optimizer": "Optimizer", "patience": "P  patience"}
    rewards, optimizers = found["choices"]
    assert ["shortness", "short"] in rewards
    assert ["sign descent", "sign"] in optimizers


def test_on_the_page(found: dict[str, Any]) -> None:
    shown = {entry["key"]: entry for entry in found["settings"]}
    assert (shown["patience"]["value"], shown["patience"]["symbol"]) == (5, "P")
    assert found["judge"] == {
        "label": "shortness",
        "about": "Short texts are good.",
        "by": "short 1",
        "verifiers": False,
    }
    assert found["rule"]["formula"] == "η · sign(R ∇)"
    assert {"R  reward", "optimizer", "P  patience"} <= set(found["differences"])


@pytest.mark.browser
def test_a_panel_is_on_the_page_follows_the_cursor_and_has_its_marks_on_the_card(
    found: dict[str, Any], browser: Any
) -> None:
    page = browser.new_page()
    page.goto(found["page"])
    shown = page.locator(".panel.length output")
    for count in found["lengths"]:
        expect(shown).to_have_text(f"{count} tokens")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("?")
    card = page.get_by_role("dialog", name="Keys and colours")
    expect(card).to_contain_text("how many tokens the text has")
    page.close()


def test_in_the_docs(found: dict[str, Any]) -> None:
    assert (
        "| `--patience` | whole number, 1 to 9; `3` | P: how many updates without a gain. |" in found["docs"]
    )
    assert "Short texts are good." in found["docs"]
    assert "As far in each coordinate." in found["docs"]


def test_and_they_work(found: dict[str, Any]) -> None:
    assert found["rewards"] == [True] * 3
    assert found["by"] == "short 1"
    assert found["state"] == ["sign", 2.0]


# --- Within a process ---------------------------------------------------------------------------------


def test_a_reward_can_be_added_by_a_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(REWARDS, "_added", {})
    kind = RewardKind("mine", "my own", "", most=3.0, make=lambda task: lambda texts: [2.0 for _ in texts])
    REWARDS.add(kind)
    assert REWARDS["mine"] is kind
    assert SeekConfig(reward="mine", reward_threshold=1.0).has_effect("reward_threshold")
    with pytest.raises(UserError, match="one that is free"):
        REWARDS.add(kind)


def test_the_default_is_listed_first() -> None:
    assert next(iter(REWARDS)) == SeekConfig().reward
    assert next(iter(OPTIMIZERS)) == SeekConfig().optimizer
    assert len(REWARDS) == len(list(REWARDS))
    assert "nothing of that name" not in REWARDS
