"""Sizes from config.json alone, held against the models themselves."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from models import KINDS, save_family

from seek_viz.errors import UserError
from seek_viz.model import FrozenLM, sizing
from seek_viz.model.sizing import free_bytes, size_of


def without_weights(folder: Path, to: Path) -> str:
    """A model's folder with its config alone."""
    to.mkdir()
    return str(Path(shutil.copy(folder / "config.json", to)).parent)


def assert_is_of(folder: str, lm: Any) -> None:
    size = size_of(folder)
    assert size is not None
    assert size.num_parameters == sum(p.numel() for p in lm.model.parameters())
    assert (size.dtype, size.device, size.weights_bytes) == ("float32", "cpu", 4 * size.num_parameters)


def test_a_size_read_from_the_config_is_that_of_the_loaded_model(
    family_folders: dict[str, Path], family_lms: dict[str, Any], tmp_path: Path
) -> None:
    for family, lm in family_lms.items():
        assert_is_of(without_weights(family_folders[family], tmp_path / family), lm)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["gpt2", "lfm2", "mamba", "minimax"])
def test_other_kinds_have_a_size_too(kind: str, tmp_path: Path) -> None:
    folder = str(save_family(kind, tmp_path, **KINDS[kind]))
    assert_is_of(folder, FrozenLM.load(folder, device="cpu"))


def test_what_is_not_here_has_no_size() -> None:
    assert size_of("somebody/some-model") is None
    with pytest.raises(UserError, match="model folder"):
        size_of("./no-such-folder")


def test_a_container_has_what_its_limit_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert free_bytes("cpu") > 0
    monkeypatch.setattr(sizing, "CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("5000\n")
    (tmp_path / "memory.current").write_text("3000\n")
    assert free_bytes("cpu") == 2000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_bytes("cpu") > 10**6
