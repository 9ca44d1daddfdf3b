"""A seeded list of set-ups: every mutation alone, then pairs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.tools.fidelity.credentials import Credentials
from tests.tools.fidelity.mutations_kubeconfig import KUBE
from tests.tools.fidelity.mutations_manifest import MANIFEST
from tests.tools.fidelity.mutations_node import NODE
from tests.tools.fidelity.mutations_policy import POLICY
from tests.tools.fidelity.setup import Setup, working

MUTATIONS: dict[str, Callable[[Setup], object]] = {**POLICY, **MANIFEST, **NODE, **KUBE}

_PATH_FORM_ONLY = ("path_", "inner_", "absent_inner")


@dataclass(frozen=True)
class Case:
    """A set-up's name and its mutations; path_form: the settings stand in a file of their own."""

    mutations: tuple[str, ...]
    path_form: bool

    @property
    def name(self) -> str:
        """Unique and readable."""
        return ("path " if self.path_form else "embedded ") + (" + ".join(self.mutations) or "unchanged")

    def build(self, credentials: Credentials, port: int) -> Setup:
        """The mutated set-up."""
        setup = working(credentials, port, path_form=self.path_form)
        for name in self.mutations:
            MUTATIONS[name](setup)
        return setup


def cases(count: int, seed: int) -> list[Case]:
    """`count` different cases: the unchanged ones, all single mutations, then pairs; shuffled by `seed`.

    With a count below the number of single mutations it is a sample of them, with all of those between manifest and
    process if there is room, which have few values each.
    """
    chance = random.Random(seed)
    names = sorted(MUTATIONS)
    single = [Case((), False), Case((), True)]
    single += [
        Case((name,), name.startswith(_PATH_FORM_ONLY) or (name in POLICY and chance.random() < 0.5))
        for name in names
    ]
    found = dict.fromkeys(single if count >= len(single) else _sample(single, max(1, count * 2 // 3), chance))
    while len(found) < count:
        pair = tuple(chance.sample(names, 2))
        path_form = chance.random() < 0.5 or any(one.startswith(_PATH_FORM_ONLY) for one in pair)
        found[Case(pair, path_form)] = None
    ordered = list(found)
    chance.shuffle(ordered)
    return ordered


def _sample(single: list[Case], count: int, chance: random.Random) -> list[Case]:
    first = [case for case in single if any(name in NODE for name in case.mutations)]
    rest = [case for case in single if case not in first]
    return (
        [*first, *chance.sample(rest, count - len(first))] if len(first) < count else chance.sample(single, count)
    )
