"""Files are written beside and renamed, and nothing that is there is lost unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seek_viz.errors import UserError
from seek_viz.record.writing import beside, check_place, unused, write_text


def test_a_crash_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "run.html"
    write_text(path, "first")
    with pytest.raises(RuntimeError):
        _crashing(path)
    assert path.read_text(encoding="utf-8") == "first"
    assert os.listdir(tmp_path) == ["run.html"]


def _crashing(path: Path) -> None:
    with beside(path) as partial:
        partial.write_text("half", encoding="utf-8")
        raise RuntimeError("a full disk")


def test_what_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    check_place([path])
    assert not os.listdir(tmp_path)
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="run.json is there already: choose another name, or add --overwrite"):
        check_place([path])
    check_place([path], overwrite=True)
    with pytest.raises(UserError, match="run.json is there already"):
        check_place([tmp_path / "new.json", path])
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["x" * 300 + ".json", "file/run.json", "folder"])
def test_where_nothing_can_be_written_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="--out"):
        check_place([tmp_path / name], overwrite=True)


def test_a_name_nobody_chose_is_one_that_is_free(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    assert unused(path) == path
    path.with_suffix(".safetensors").write_text("", encoding="utf-8")
    assert unused(path) == path
    assert unused(path, ".safetensors") == tmp_path / "run-2.json"
    (tmp_path / "run-2.json").write_text("", encoding="utf-8")
    assert unused(path, ".safetensors") == tmp_path / "run-3.json"
