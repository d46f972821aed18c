"""What the documents say is there is there."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from seek_viz.settings.config import RELEASED

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = DOCUMENTS[0].read_text(encoding="utf-8")
DOCS = ROOT / "docs"
PARITY = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")


def test_every_path_named_exists() -> None:
    """Paths in backticks that start with a folder of the repository, and the targets of links."""
    missing = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        folders = r"(?:seek_viz|tests|docs|assets|\.ci)"
        named = re.findall(rf"`((?:{folders}/[\w./-]*)|app\.py|pyproject\.toml|requirements\.txt)`", text)
        named += [f"{document.parent}/{target}" for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)]
        missing += [f"{document.name}: {path}" for path in named if not (ROOT / path).exists()]
    assert not missing


def test_the_readmes_tree_is_the_packages() -> None:
    tree = README.split("```\nseek_viz/\n", 1)[1].split("```", 1)[0]
    named = re.findall(r"^  (\w+)/ ", tree, re.MULTILINE)
    folders = {path.parent.name for path in (ROOT / "seek_viz").glob("*/*.py")}
    assert sorted(named) == sorted(folders)


def test_the_readmes_figures_are_those_of_the_results() -> None:
    """Wrong answers fixed and right ones broken, of the bundled preset, its two controls, and best-of-3."""
    table = (DOCS / "results.md").read_text(encoding="utf-8").split("## On 400 fresh problems", 1)[1]
    said = " ".join(README.split())
    for row, words in (
        (
            "the same iterates, the accepted one or the first",
            "fixes {} of {} wrong answers and breaks {} of 270",
        ),
        (
            "random directions, the accepted iterate",
            "in random directions fix {} of the {} and break {} of the",
        ),
        ("random tokens, the accepted iterate", "towards random tokens fix {} and break {}"),
        ("best-of-3 by self-reward", "fixes {} and breaks {}"),
    ):
        (line,) = [line for line in table.splitlines() if line.startswith("|") and row in line]
        fixed, wrong, broken = re.search(r"(\d+) of (\d+) \| (\d+)", line).groups()
        told = (fixed, wrong, broken) if words.count("{}") == 3 else (fixed, broken)
        assert words.format(*told).replace("break 0", "break none") in said


def block_below(heading: str) -> str:
    """The first fenced block below a heading of README.md."""
    return README.split(f"\n## {heading}\n", 1)[1].split("```", 2)[1].partition("\n")[2].strip()


def test_the_readmes_two_commands() -> None:
    assert block_below("Start it") == "pip install -e . && python app.py"
    assert block_below("Test it") == 'pip install -e ".[dev]" && pytest -n auto --dist worksteal'


def test_a_space_installs_what_the_package_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = {line for line in lines if line and not line.startswith("#")}
    by_itself = {"gradio", "huggingface_hub"}
    assert listed == {need for need in project["dependencies"] if re.match(r"\w+", need)[0] not in by_itself}


def test_ci_runs_the_readmes_test_command() -> None:
    """The script's own awk line, run on README.md."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    (line,) = re.findall(r'^command="\$\((awk .*)\)"$', script, re.MULTILINE)
    found = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert found.strip() == block_below("Test it")
    assert script.rstrip().endswith('eval "$command"')


def test_nothing_large_is_tracked() -> None:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    assert [path.name for path in paths if path.is_file() and path.stat().st_size > 10 * 2**20] == []


def test_every_oddity_has_a_row_an_option_and_a_test() -> None:
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", PARITY, re.MULTILINE)
    assert sorted({int(number) for number, _ in rows}) == list(range(1, 12))
    sources = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py")}
    for number, row in rows:
        tests = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)
        assert tests, f"oddity {number} names no test"
        for file, name in tests:
            assert f"def {name}(" in sources[file], f"oddity {number}: {file} has no {name}"
    # max_verifier_tokens is a number of the released code and no oddity.
    assert all(f"`{option}`" in PARITY for option in RELEASED)


def script(name: str) -> Any:
    """A file of docs/ that writes another."""
    spec = importlib.util.spec_from_file_location(f"docs_{name[:-3]}", DOCS / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_settings_are_listed_as_they_are_declared() -> None:
    module = script("settings.py")
    assert module.TARGET.read_text(encoding="utf-8") == module.page(), "python docs/settings.py"


def test_the_format_of_a_trace_is_described_as_it_is() -> None:
    module = script("trace_schema.py")
    assert module.TARGET.read_text(encoding="utf-8") == module.page(), "python docs/trace_schema.py"
    assert len(module.page()) < 100_000
