"""A registry of declarations, one per file of a folder: adding a file adds an optimiser or a reward."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from seek_viz.errors import UserError


class Named(Protocol):
    """A declaration."""

    @property
    def name(self) -> str:
        """Name in settings, options and links."""

    @property
    def label(self) -> str:
        """Label on the page."""

    @property
    def about(self) -> str:
        """One-sentence description."""


T = TypeVar("T", bound=Named)


class Declarations(Mapping[str, T]):
    """Name -> declaration: those of a package's modules, then those that a caller has added.

    The modules are read at first use, since they import the record's type from the package.
    """

    def __init__(self, package: str, kind: type[T], first: str = "") -> None:
        """Nothing is read yet.

        Args:
            package: its modules are looked through.
            kind: what they declare, as values of the module.
            first: the name that is listed first; the others follow in the order of their files.
        """
        self._package, self._kind, self._first = package, kind, first
        self._found: dict[str, T] = {}
        self._added: dict[str, T] = {}

    def add(self, one: T) -> None:
        """Make a declaration known for this process.

        Raises:
            UserError: the name is taken.
        """
        if one.name in self:
            raise UserError(
                f"name of a new {self._kind.__name__.lower()}", one.name, "one that is free", "Rename it."
            )
        self._added[one.name] = one

    def _all(self) -> dict[str, T]:
        if not self._found:
            package = importlib.import_module(self._package)
            for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
                for value in vars(importlib.import_module(f"{self._package}.{module}")).values():
                    if isinstance(value, self._kind):
                        self._found.setdefault(value.name, value)
        everything = self._found | self._added
        return {name: everything[name] for name in sorted(everything, key=lambda name: name != self._first)}

    def __getitem__(self, name: str) -> T:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class Labels(Mapping[str, str]):
    """Name -> label of declarations, as they are at the time of asking."""

    def __init__(self, declarations: Mapping[str, Named], before: Mapping[str, str] | None = None) -> None:
        """Labels of `declarations`, behind those of `before`."""
        self._declarations, self._before = declarations, before or {}

    @property
    def abouts(self) -> dict[str, str]:
        """Name -> what each declaration says of itself."""
        return {name: one.about for name, one in self._declarations.items()}

    def __getitem__(self, name: str) -> str:
        return self._before[name] if name in self._before else self._declarations[name].label

    def __iter__(self) -> Iterator[str]:
        yield from self._before
        yield from self._declarations

    def __len__(self) -> int:
        return len(self._before) + len(self._declarations)
