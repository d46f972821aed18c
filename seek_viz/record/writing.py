"""Writing files so that nothing is lost: beside and renamed, and never over what was there unasked."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from seek_viz.errors import UserError


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A name to write to; it takes the place of `path` once that has ended without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a whole file; a crash in the middle leaves an older one at `path` intact."""
    with beside(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")


def check_place(paths: Sequence[Path], option: str = "--out", overwrite: bool = False) -> None:
    """See before the work that files can be written, and that none is there that would be lost.

    Args:
        paths: the files, the named one first.
        option: what named it.
        overwrite: the user wants files that are there to be replaced.

    Raises:
        UserError: one is a folder, is there already, or cannot be written.
    """
    named = str(paths[0])
    for path in paths:
        try:
            if path.is_dir():
                raise UserError(
                    option, named, "the name of a file", f"{path.name} is a folder: name a file in it."
                )
            if path.exists() and not overwrite:
                hint = f"{path.name} is there already: choose another name, or add --overwrite."
                raise UserError(option, named, "a file that is not there yet", hint)
            with beside(path.with_name(f"{path.name}.tried")) as partial:
                partial.touch()
            path.with_name(f"{path.name}.tried").unlink()
        except OSError as error:
            raise UserError(
                option, named, "a file that can be written", f"{error.strerror}: see to it."
            ) from error


def unused(path: Path, *others: str) -> Path:
    """`path`, or with a number where a file of that name is there: nothing is lost to who named no file.

    Args:
        path: the name to begin with.
        others: endings of files that belong to it.
    """
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    endings = (path.suffix, *others)
    return next(
        one
        for one in itertools.chain([path], numbered)
        if not any(one.with_suffix(ending).exists() for ending in endings)
    )
