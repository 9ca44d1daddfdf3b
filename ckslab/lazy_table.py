"""Tables of kinds by name, each of which is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")


class LazyTable(Mapping[str, T]):
    """Name -> an instance of the class there. Importing all of them would cost every command what few need.

    places: name -> module and class. KeyError for a name that is none.
    """

    def __init__(self, places: dict[str, tuple[str, str]]) -> None:
        self.places = places

    def __getitem__(self, name: str) -> T:
        module, attribute = self.places[name]
        made: Any = getattr(import_module(module), attribute)
        found: T = made()
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)
