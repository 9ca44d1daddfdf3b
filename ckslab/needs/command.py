"""What a command on the node prints."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from ckslab.errors import LabError
from ckslab.evidence import Fact, Need, Unavailable

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node
    from ckslab.needs.sources import Sources

MAX_OUTPUT = 64 * 1024
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class CommandFact:
    """A finished command: exit code and what it printed (UTF-8, bad bytes replaced, 64 KiB at most)."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class CommandNeed(Need[CommandFact]):
    """What a command on the node prints, run as root without a shell, 20 s at most."""

    live: ClassVar[bool] = True
    argv: tuple[str, ...]

    def words(self) -> str:
        """What is asked."""
        return f"what {self.argv[0] if self.argv else 'a command'} prints on the node"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Run them, one after another."""
        return {need: _run(sources.node, need.argv) for need in needs}


def _run(node: Node, argv: tuple[str, ...]) -> Fact:
    try:
        done = node.run(list(argv), timeout=SECONDS)
    except LabError as error:
        return Unavailable(error.message)
    stdout, stderr = (text[:MAX_OUTPUT].decode(errors="replace") for text in (done.stdout, done.stderr))
    return CommandFact(done.returncode, stdout, stderr)
