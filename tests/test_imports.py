"""Who may import whom, as the table of docs/architecture.md says, held by walking every file's imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "seek_viz"

DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
TABLE = [
    [re.findall(r"`([\w.]+)`", cell) for cell in (cells[0], cells[2], cells[3])]
    for line in DOCUMENT.split("## Who may import whom")[1].split("\n## ")[0].splitlines()
    if len(cells := line.strip("|").split("|")) == 4
]
MAY_IMPORT = {folder[0]: set(others) for folder, others, _ in TABLE if folder}
"""Folder (or file) of the package -> those that it may import, as docs/architecture.md has it."""
ONLY_IN = {party: {folder[0]} for folder, _, parties in TABLE if folder for party in parties} | {
    "torch": {"ascent", "model", "engine", "bench", "training"},
    "transformers": {"model", "training"},
    "safetensors": {"record", "engine", "training"},
    "jaxtyping": {"model", "engine"},
    "typer": {"cli", "training"},
    "rich": {"cli", "bench"},
}
"""Third party -> the folders that may know it."""


@dataclass(frozen=True)
class Import:
    file: Path
    line: int
    module: str
    inside: bool
    """Not at the top of the file."""

    @property
    def folder(self) -> str:
        return folder_of(self.file.relative_to(ROOT).with_suffix("").parts)

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"


def imports_of(file: Path) -> Iterator[Import]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in tree.body:  # what only a type checker imports stands at the top too
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            top.update(map(id, node.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} has a relative import"
            module = node.module or ""
            # `from seek_viz import show` imports a folder, `from seek_viz import ASSETS` a value.
            names = [f"{module}.{alias.name}" if module == "seek_viz" else module for alias in node.names]
        else:
            continue
        for name in names:
            yield Import(file, node.lineno, name, id(node) not in top)


FILES = sorted(PACKAGE.rglob("*.py"))
IMPORTS = [found for file in FILES for found in imports_of(file)]


def folder_of(parts: Sequence[str]) -> str:
    """The row of the table that a module belongs to; "" for the package itself and a folder of folders."""
    if parts[-1] == "__init__":
        parts = parts[:-1]
    names = (".".join(parts[1:3]), ".".join(parts[1:2]))
    return next((name for name in names if name in MAY_IMPORT), "")


def test_every_file_has_a_row() -> None:
    folders = [file.relative_to(ROOT).with_suffix("").parts for file in FILES]
    without = {".".join(parts) for parts in folders if not folder_of(parts)}
    assert without <= {"seek_viz.__init__", "seek_viz.app.__init__"}, "give it a row in docs/architecture.md"
    rows = {(PACKAGE / name.replace(".", "/")) for name in MAY_IMPORT}
    assert all(row.is_dir() or row.with_suffix(".py").is_file() for row in rows)


def test_arrows_go_one_way() -> None:
    wrong = [
        str(one)
        for one in IMPORTS
        if (parts := one.module.split("."))[0] == "seek_viz"
        and (folder := folder_of(parts)) not in ("", one.folder)
        and folder not in MAY_IMPORT.get(one.folder, set())
    ]
    assert not wrong


def test_third_parties_stay_in_their_folders() -> None:
    wrong = [
        str(one)
        for one in IMPORTS
        if (package := one.module.split(".")[0]) in ONLY_IN and one.folder not in ONLY_IN[package]
    ]
    assert not wrong


def test_imports_stand_at_the_top_unless_a_comment_says_why() -> None:
    """In a function, the line or one of the three before it carries a comment."""
    wrong = []
    for one in IMPORTS:
        if one.inside:
            lines = one.file.read_text(encoding="utf-8").splitlines()[max(0, one.line - 4) : one.line]
            if not any("#" in line for line in lines) and not any('"""' in line for line in lines):
                wrong.append(str(one))
    assert not wrong


def test_no_utils() -> None:
    assert not [file for file in FILES if file.stem in ("utils", "helpers", "common", "misc")]


WITHOUT_TORCH = ["errors", "settings.config", "settings.registry", "grading", "problems.sets", "record"]
WITHOUT_TORCH += ["record.estimate", "record.recipe", "show", "show.export", "app.session", "app.page"]


def test_records_texts_views_and_page_open_without_torch() -> None:
    """The page shows a recorded run before torch has been imported."""
    code = f"""
import importlib, sys
for name in {WITHOUT_TORCH}:
    importlib.import_module("seek_viz." + name)
    if "torch" in sys.modules or "transformers" in sys.modules:
        sys.exit(name + " imports torch or transformers")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_these_checks_see_what_they_look_for(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("from seek_viz import show\ndef f():\n    import torch.nn\n")
    first, second = imports_of(file)
    assert (folder_of(first.module.split(".")), first.inside) == ("show", False)
    assert (MAY_IMPORT["show"] > {"record"}, "model" in MAY_IMPORT["show"]) == (True, False)
    assert (second.module, second.inside) == ("torch.nn", True)
