"""What collectors find things out from: for now the services of the lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ckslab.cluster.backend import Node
from ckslab.evidence import Asked


class RunningService(Protocol):
    """One service of a running lab, as probes use it."""

    def ensure(self, node: Node) -> None:
        """It serves, or is started again; CkslabError when it cannot be."""

    def stopped(self, node: Node) -> AbstractContextManager[None]:
        """It refuses connections meanwhile, and serves again when we are done, or dead."""

    def reviews(self, node: Node) -> Mapping[str, Sequence[Asked]] | None:
        """What it was asked lately, by the nonces of probes; None for a kind that is asked nothing about them."""
