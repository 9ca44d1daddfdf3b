"""The container engine: Docker or Podman, reached through its own program."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from ckslab.cluster.kind.engine_errors import diagnose
from ckslab.cluster.node.child import run_child
from ckslab.errors import LabError

NAMES = ("docker", "podman")

PROVIDER = "KIND_EXPERIMENTAL_PROVIDER"
"""kind's own variable, which says which engine it takes (kind, pkg/cluster/provider.go); ours follows it."""

PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine's name ("docker", "podman") and program."""

    name: str
    program: str

    def run(
        self, *arguments: str, stdin: bytes = b"", timeout: float = PATIENCE
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the engine's program; LabError when it does not end in time."""
        try:
            return run_child([self.program, *arguments], stdin, timeout)
        except subprocess.TimeoutExpired as error:
            raise LabError(
                f"{self.name} {arguments[0]} did not end in {timeout:.0f} s",
                advice=f"next: {self.name} info · ckslab doctor",
            ) from error

    def must(self, *arguments: str, what: str, stdin: bytes = b"", timeout: float = PATIENCE) -> str:
        """Run the engine's program and give its output; LabError, with what to do, when it fails."""
        done = self.run(*arguments, stdin=stdin, timeout=timeout)
        if done.returncode:
            raise diagnose(self.name, what, done.stderr.decode(errors="replace"))
        return done.stdout.decode(errors="replace").strip()

    def environment(self) -> dict[str, str]:
        """For programs that find the engine by themselves: kind."""
        return {PROVIDER: self.name}


def installed() -> list[Engine]:
    """The engines of this machine, in the order in which they are tried."""
    wanted = os.environ.get(PROVIDER, "")
    names: Sequence[str] = (wanted,) if wanted in NAMES else NAMES
    return [Engine(name, program) for name in names if (program := shutil.which(name))]


def named(name: str) -> Engine:
    """The engine that a lab was made with; LabError when it is no longer installed."""
    program = shutil.which(name)
    if program is None:
        raise LabError(f"this lab's node runs in {name}, which is not installed", advice=f"install {name} again")
    return Engine(name, program)


def answering() -> Engine:
    """The first engine that answers; LabError, with why and what to do, when none does."""
    found = installed()
    if not found:
        raise LabError("no container engine is installed", advice="install Docker or Podman")
    errors = []
    for engine in found:
        try:
            engine.must("version", what="asking for the version", timeout=8.0)
        except LabError as error:
            errors.append(error)
        else:
            return engine
    raise errors[0]
