"""Tables of kinds by name, each of which is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")


class LazyTable(Mapping[str, T]):
    """Name -> an instance of the class there. Importing all of them would cost every command what few need.

    places: name -> module and class, of which one instance is made. KeyError for a name that is none.
    """

    def __init__(self, places: dict[str, tuple[str, str]]) -> None:
        self.places = places
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._made:
            module, attribute = self.places[name]
            made: Any = getattr(import_module(module), attribute)
            self._made[name] = made()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)
