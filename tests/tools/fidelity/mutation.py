"""What a mutation is, and how several make one."""

from __future__ import annotations

from collections.abc import Callable

from tests.tools.fidelity.setup import Setup

Mutation = Callable[[Setup], object]


def both(*parts: Mutation) -> Mutation:
    """One after the other."""

    def change(setup: Setup) -> None:
        for part in parts:
            part(setup)

    return change
