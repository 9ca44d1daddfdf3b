"""What a Dockerfile on the node says: BuildKit's parser, in ckslab's labnode, reads its text on this machine."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pydantic import ValidationError
from typing_extensions import TypeVar

from ckslab.dockerfile.document import Document, Problem, Refused
from ckslab.errors import CkslabError
from ckslab.evidence import Fact, FileFact, Need, Unavailable
from ckslab.needs.files import FileNeed
from ckslab.strict import first_problem

if TYPE_CHECKING:
    from ckslab.needs.sources import HandedInSources, Sources

N = TypeVar("N", bound="DockerfileNeed")

SECONDS = 30.0
"""In all; `labnode dockerfile` limits itself to 2 s of computing, 1 GiB of memory and 8 MiB of answer."""
MAX_ANSWER = 8 << 20

Program = Callable[[bytes], "subprocess.CompletedProcess[bytes]"]
"""`labnode dockerfile` with that standard input; CkslabError where there is none."""


@dataclass(frozen=True, slots=True)
class DockerfileFact:
    """A Dockerfile. file: as it lies there. document: what it says, or problem: why BuildKit refuses it.

    Both are None where there is no text.
    """

    file: FileFact
    document: Document | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class DockerfileNeed(Need[DockerfileFact]):
    """What a Dockerfile says."""

    path: str

    def words(self) -> str:
        """What is asked."""
        return f"what {self.path} says"

    def paths(self) -> tuple[str, ...]:
        """Its path."""
        return (self.path,)

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Read what lies on the node; where this machine runs no Linux programs, there."""
        from ckslab.cluster.backend import LABNODE

        def on_node(text: bytes) -> subprocess.CompletedProcess[bytes]:
            return sources.node.run([LABNODE, "dockerfile"], stdin=text, timeout=SECONDS)

        program = on_this_machine if platform.system() == "Linux" else on_node
        return _read(needs, FileNeed.collect({FileNeed(need.path) for need in needs}, sources), program)

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """Read what was handed in."""
        return _read(needs, FileNeed.of_files({FileNeed(need.path) for need in needs}, sources), on_this_machine)


def _read(needs: Collection[N], files: Mapping[FileNeed, Fact], program: Program) -> dict[N, Fact]:
    found = {need: files[FileNeed(need.path)] for need in needs}
    return {need: read(file, program) if isinstance(file, FileFact) else file for need, file in found.items()}


def read(file: FileFact, program: Program) -> Fact:
    """What the text says; Unavailable where that cannot be found out."""
    if file.text is None:
        return DockerfileFact(file)
    try:
        done = program(file.text.encode())
    except (CkslabError, OSError) as error:
        return Unavailable(f"{file.path} cannot be read: {error}")
    except subprocess.TimeoutExpired:
        return Unavailable(f"{file.path} was not read within {SECONDS:.0f} s: this machine may be too busy")
    if done.returncode == 1:
        said = done.stderr.decode(errors="replace").strip().removeprefix("labnode: ")
        return Unavailable(f"{file.path}: {said[:300]}")
    if done.returncode < 0 or done.returncode > 128:
        return Unavailable(f"{file.path} takes too long to read, or too much memory")
    if done.returncode or len(done.stdout) > MAX_ANSWER:
        return Unavailable(f"{file.path} cannot be read: `labnode dockerfile` ended with {done.returncode}")
    try:
        if done.stdout.startswith(b'{"error":'):
            return DockerfileFact(file, problem=Refused.model_validate_json(done.stdout).error)
        return DockerfileFact(file, Document.model_validate_json(done.stdout))
    except ValidationError as error:
        return Unavailable(f"what `labnode dockerfile` says of {file.path} makes no sense: {first_problem(error)}")


def on_this_machine(text: bytes) -> subprocess.CompletedProcess[bytes]:
    """On this machine: nothing of the learner's is run, and the program opens no file."""
    from ckslab.cluster import binaries, labnode

    if platform.system() != "Linux":
        raise CkslabError("that takes a Linux program; ckslab grade on the lab has one")
    program = labnode.kept("labnode", platform.machine(), binaries.cache_dir().parent)
    return subprocess.run(
        [program, "dockerfile"], input=text, capture_output=True, timeout=SECONDS, cwd="/", env={}, check=False
    )
