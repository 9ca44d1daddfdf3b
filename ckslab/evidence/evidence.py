"""Evidence: all facts of one grading, frozen; checks read it and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from ckslab.evidence.need import F, Fact, Need, Unavailable

T = TypeVar("T")


class NotCollected(Exception):
    """A check reads a fact before it is collected: grading asks for it and judges the check again.

    Raised by `Evidence`, caught by grading only; see `CheckType.needs`.
    """

    def __init__(self, *missing: Need) -> None:
        super().__init__(f"not collected: {', '.join(map(str, missing))}")
        self.missing = missing


class NotAvailable(Exception):
    """A fact could not be found out: the check that reads it is unknown, for this reason."""

    def __init__(self, unavailable: Unavailable) -> None:
        super().__init__(unavailable.reason)
        self.unavailable = unavailable


@dataclass(frozen=True)
class Evidence:
    """Facts by need. `of` gives a fact of the right type, or raises.

    NotCollected: nobody has asked for it yet. NotAvailable: it could not be found out.
    What checks share that follows from facts, such as the manifests as they are read, is made `once`.
    """

    facts: Mapping[Need, Fact] = field(default_factory=dict)
    _derived: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    _waiting: dict[Hashable, tuple[Need, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, need: Need[F]) -> F:
        """The fact for `need`; see the class for what it raises."""
        fact = self.facts.get(need)
        if fact is None:
            raise NotCollected(need)
        if isinstance(fact, Unavailable):
            raise NotAvailable(fact)
        return cast(F, fact)

    def ask(self, needs: Iterable[Need]) -> None:
        """Said before facts are read that do not depend on one another: NotCollected for all that are missing."""
        if missing := [need for need in needs if need not in self.facts]:
            raise NotCollected(*missing)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What follows from facts alone, made once under this key, and kept where facts are added.

        `make` may read facts that are not collected yet: it is tried again where they are added.
        """
        if key in self._derived:
            return cast(T, self._derived[key])
        if key in self._waiting:
            raise NotCollected(*self._waiting[key])
        try:
            made = make()
        except NotCollected as asked:
            self._waiting[key] = asked.missing
            raise
        self._derived[key] = made
        return made

    def plus(self, more: Mapping[Need, Fact]) -> Evidence:
        """This evidence and more; the receiver is unchanged."""
        return Evidence({**self.facts, **more}, self._derived)
