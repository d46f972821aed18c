"""Latents beside a trace: what comes back, how exactly, and which files are refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from views_sample import sample_trace

from seek_viz.errors import UserError
from seek_viz.record import Trace, load_trace, save_iterates, save_trace, with_iterates
from seek_viz.record.iterates import iterates_of, metadata_of
from seek_viz.show import pair_view, with_path

TRACE = sample_trace()


def on_disk(folder: Path, trace: Trace) -> Trace:
    """The trace as a page reads it: from a JSON file and the latents beside it."""
    save_trace(trace, folder / "run.json")
    save_iterates(trace, folder / "run.safetensors")
    return with_iterates(load_trace(folder / "run.json"), folder / "run.safetensors")


def test_latents_come_back_in_half_precision(tmp_path: Path) -> None:
    back = on_disk(tmp_path, TRACE)
    iterates_KLD = iterates_of(TRACE)
    np.testing.assert_allclose(iterates_of(back), iterates_KLD, rtol=2**-11)
    assert iterates_of(back).dtype == np.float32
    assert (tmp_path / "run.safetensors").stat().st_size < 2 * iterates_KLD.size + 1000


def test_half_precision_moves_no_point_of_a_path_by_a_thousandth_of_it(tmp_path: Path) -> None:
    exact, back = TRACE.path, with_path(on_disk(tmp_path, TRACE)).path
    extent = np.ptp(exact.prefix_K3, axis=0).max()
    np.testing.assert_allclose(back.prefix_K3, exact.prefix_K3, atol=1e-3 * extent)
    np.testing.assert_allclose(back.prefix_explained_3, exact.prefix_explained_3, atol=1e-3)


def test_numbers_beyond_half_precision_are_kept_whole(tmp_path: Path) -> None:
    steps = tuple(dataclasses.replace(s, latents_LD=1e6 * s.latents_LD) for s in TRACE.steps)
    large = dataclasses.replace(TRACE, steps=steps)
    np.testing.assert_array_equal(iterates_of(on_disk(tmp_path, large)), iterates_of(large))


def test_two_recordings_with_their_latents_share_a_plane(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    first = on_disk(tmp_path / "first", TRACE)
    second = on_disk(tmp_path / "second", sample_trace(direction="random"))
    view = pair_view(first, second)
    assert view["why_apart"] is None
    assert view["figures"]["path"] is not None
    assert pair_view(first, load_trace(tmp_path / "second" / "run.json"))["why_apart"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"version": "9"}, "version"),
        ({"version": None}, "version"),
        ({"created_at": "another time"}, "written with this trace"),
    ],
)
def test_a_file_of_another_version_or_run_is_refused(
    tmp_path: Path, changed: dict[str, str | None], told: str
) -> None:
    path = tmp_path / "run.safetensors"
    metadata = {key: value for key, value in (metadata_of(TRACE) | changed).items() if value}
    save_file({"iterates_KLD": iterates_of(TRACE)}, path, metadata=metadata)
    with pytest.raises(UserError, match=told):
        with_iterates(TRACE, path)


@pytest.mark.parametrize("content", [None, b"", b"\x10\0\0\0\0\0\0\0 not a header"])
def test_a_missing_or_damaged_file_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "run.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="latents file"):
        with_iterates(TRACE, path)


@pytest.mark.parametrize(
    "iterates_KLD",
    [
        iterates_of(TRACE)[:-1],
        iterates_of(TRACE)[:, 1:],
        iterates_of(TRACE).astype(np.float64),
        np.full_like(iterates_of(TRACE), np.nan),
    ],
    ids=["an iterate less", "a position less", "another type", "not finite"],
)
def test_latents_that_do_not_fit_the_trace_are_refused(tmp_path: Path, iterates_KLD: np.ndarray) -> None:
    path = tmp_path / "run.safetensors"
    save_file({"iterates_KLD": np.ascontiguousarray(iterates_KLD)}, path, metadata=metadata_of(TRACE))
    with pytest.raises(UserError, match="latents file"):
        with_iterates(TRACE, path)


def test_the_file_holds_one_tensor(tmp_path: Path) -> None:
    on_disk(tmp_path, TRACE)
    assert list(load_file(tmp_path / "run.safetensors")) == ["iterates_KLD"]
