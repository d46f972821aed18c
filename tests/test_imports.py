"""The rooms of docs/architecture.md: who may import whom, held by walking every file's imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "seek_viz"

RECORDS = {"", "errors", "config", "grading", "problem", "trace", "registry", "advice", "versions"}
TEXT = RECORDS | {"alignment", "tokens", "prompts", "estimate"}
BOUNDARY = TEXT | {"model"}
ALGORITHM = BOUNDARY | {
    "context",
    "controls",
    "decoding",
    "latents",
    "pace",
    "policy_gradient",
    "regions",
    "rewards",
    "shift",
    "verdicts",
}
LOOP = ALGORITHM | {"seek", "baselines"}
VIEWS = RECORDS | {"alignment", "tokens", "share", "projection", "figures", "figures_pair"}
COMMANDS = LOOP | VIEWS | {"export", "resume", "asked", "session", "bench", "cli", "gallery", "tiny"}

MAY_IMPORT = {
    "__init__": set(),
    "errors": set(),
    "config": RECORDS,
    "problem": RECORDS,
    "trace": RECORDS,
    "advice": RECORDS,
    "versions": RECORDS,
    "prompts": TEXT,
    "grading": RECORDS,
    "registry": TEXT,
    "estimate": TEXT,
    "alignment": RECORDS,
    "tokens": set(),
    "model": BOUNDARY,
    "decoding": ALGORITHM,
    "latents": ALGORITHM,
    "policy_gradient": set(),  # equations only
    "regions": ALGORITHM,
    "pace": ALGORITHM,
    "shift": ALGORITHM,
    "context": ALGORITHM,
    "controls": ALGORITHM,
    "rewards": ALGORITHM,
    "verdicts": ALGORITHM,
    "resume": RECORDS,
    "asked": VIEWS | {"resume"},
    "seek": LOOP,
    "baselines": LOOP,
    "projection": VIEWS,
    "figures": VIEWS - {"projection", "figures_pair"},
    "figures_pair": {"figures"},  # made of the single figures
    "share": RECORDS,
    "export": VIEWS,
    "session": LOOP | VIEWS,
    "ui": VIEWS | {"export", "session"},
    "__main__": {"ui"},  # the page of an installed package
    "bench": COMMANDS,
    "gallery": COMMANDS,  # records the runs that the page opens on
    "cli": COMMANDS,
    "tiny": LOOP | {"tiny"},
}
"""Room -> rooms of the package that it may import; a folder is one room, "" the package itself."""

ONLY_IN = {
    "torch": BOUNDARY - TEXT | (LOOP - BOUNDARY) | {"session", "bench", "cli", "gallery", "tiny"},
    "transformers": {"model", "tiny"},
    "tokenizers": {"model", "tiny"},
    "huggingface_hub": {"model"},
    "psutil": {"model"},
    "accelerate": {"model", "tiny", "bench"},
    "safetensors": {"trace", "model", "latents", "tiny"},
    "jaxtyping": ALGORITHM | {"tiny"},
    "math_verify": {"grading"},
    "sklearn": {"projection"},
    "plotly": {"export"},  # Plotly's own script, served and put into exported files
    "gradio": {"ui"},
    "typer": {"cli", "tiny"},
    "rich": {"cli", "bench", "tiny"},
    "datasets": {"bench", "tiny"},
}
"""Third party -> the rooms that may know it."""


@dataclass(frozen=True)
class Import:
    file: Path
    line: int
    module: str
    inside: bool
    """Not at the top of the file."""

    @property
    def room(self) -> str:
        return self.file.relative_to(PACKAGE).parts[0].removesuffix(".py")

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
            # `from seek_viz import figures` imports a room, `from seek_viz import ASSETS` a value.
            names = [f"{module}.{alias.name}" if module == "seek_viz" else module for alias in node.names]
        else:
            continue
        for name in names:
            yield Import(file, node.lineno, name, id(node) not in top)


FILES = sorted(PACKAGE.rglob("*.py"))
IMPORTS = [found for file in FILES for found in imports_of(file)]


def room_of(module: str) -> str | None:
    """The room that a module of the package belongs to; None for third party and the standard library."""
    parts = module.split(".")
    if parts[0] != "seek_viz":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in MAY_IMPORT else ""


def test_every_file_has_a_room() -> None:
    rooms = {file.relative_to(PACKAGE).parts[0].removesuffix(".py") for file in FILES}
    assert rooms <= set(MAY_IMPORT), "a new room: give it a row in MAY_IMPORT and in docs/architecture.md"


def test_arrows_go_one_way() -> None:
    wrong = [
        str(one)
        for one in IMPORTS
        if (room := room_of(one.module)) is not None and room != one.room and room not in MAY_IMPORT[one.room]
    ]
    wrong = [text for text in wrong if not text.endswith("imports seek_viz.ASSETS")]
    assert not wrong


def test_third_parties_stay_in_their_rooms() -> None:
    wrong = [
        str(one)
        for one in IMPORTS
        if (package := one.module.split(".")[0]) in ONLY_IN and one.room not in ONLY_IN[package]
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


WITHOUT_TORCH = ["errors", "config", "problem", "trace", "prompts", "grading", "registry", "estimate"]
WITHOUT_TORCH += ["alignment", "tokens", "share", "projection", "figures", "export", "session", "ui"]


def test_records_texts_views_and_page_open_without_torch() -> None:
    """The page shows a recorded run before torch has been imported."""
    code = f"""
import importlib, sys
for room in {WITHOUT_TORCH}:
    importlib.import_module("seek_viz." + room)
    if "torch" in sys.modules or "transformers" in sys.modules:
        sys.exit(room + " imports torch or transformers")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_these_checks_see_what_they_look_for(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("from seek_viz import figures\ndef f():\n    import torch.nn\n")
    first, second = imports_of(file)
    assert (room_of(first.module), first.inside) == ("figures", False)
    assert (second.module, second.inside) == ("torch.nn", True)
