"""Results of pure functions, remembered by their argument within a bound: equal files are read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """What `make` gives for a key; the keys that were asked for longest ago are forgotten first.

    make: gives the same value for equal keys, and raises nothing. weigh: what a key and its value weigh. most:
    what all of them weigh together at most; a value that is heavier alone is not kept.
    """

    def __init__(self, make: Callable[[K], V], weigh: Callable[[K, V], int], most: int) -> None:
        self._make, self._weigh, self._most = make, weigh, most
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def __call__(self, key: K) -> V:
        """The value for `key`; it may be shared, so nobody changes it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        value = self._make(key)
        self._keep(key, value, self._weigh(key, value))
        return value

    def _keep(self, key: K, value: V, weight: int) -> None:
        with self._lock:
            if key in self._kept or weight > self._most:
                return
            self._kept[key] = value, weight
            self._weight += weight
            while self._weight > self._most:
                _, (_, lost) = self._kept.popitem(last=False)
                self._weight -= lost
