"""Facts: what was found out, one frozen dataclass a kind of need. Plain data, JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ckslab.kubernetes.node_file import FileFact, FolderFact


@dataclass(frozen=True, slots=True)
class ApiServerFact:
    """The API server at the moment of grading, after the control plane was settled.

    state: "ready" (/readyz answers ok), "not-ready" (a process runs, /readyz does not say ok), "down".
    argv: the live process's argument vector (empty when down). files_at_start: container path ->
    sha256 hex of each file below the container's mounts when the live process began (empty when it is
    not known: `files_known` False); files_soon_after: of those that had another content two seconds later,
    which it may have read as well. log: last lines of the newest container's log, oldest first,
    the time stamps of the container runtime removed. log_path: that log on the node. kubelet: the
    kubelet's lines about this static pod that are newer than the manifests' last change.
    restarts: how often the container was started again with this manifest. down_since: RFC 3339, or None.
    """

    state: Literal["ready", "not-ready", "down"]
    argv: tuple[str, ...] = ()
    files_at_start: Mapping[str, str] = field(default_factory=dict)
    files_soon_after: Mapping[str, str] = field(default_factory=dict)
    files_known: bool = False
    log: tuple[str, ...] = ()
    log_path: str = ""
    kubelet: tuple[str, ...] = ()
    restarts: int = 0
    down_since: str | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class FaultFact:
    """A fault that the seed put into this lab: `signatures` are regular expressions of log lines."""

    name: str
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabFact:
    """What the lab knows of itself."""

    scenario: str
    lab: str
    nonce: str
    seed: int
    faults: tuple[FaultFact, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """A lab service: its kind, where it listens, and what else its kind tells (see ckslab/services/KIND)."""

    name: str
    kind: str
    url: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the scanner was asked in one request, and what it said."""

    images: tuple[str, ...]
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ProbeFact:
    """The API server's answer to one probe.

    outcome: "admitted", "denied" (a 4xx answer), "failed" (no answer, or a 5xx). code: HTTP status
    (0: no answer). reason, message: of the Status object. asked: what the stopped-or-running scanner was
    asked about exactly this probe (matched by its nonce), None when the scenario has no scanner.
    warnings: Warning headers. millis: how long the request took.
    """

    outcome: Literal["admitted", "denied", "failed"]
    code: int
    reason: str
    message: str
    asked: tuple[Asked, ...] | None = None
    warnings: tuple[str, ...] = ()
    millis: int = 0


@dataclass(frozen=True, slots=True)
class TrialFact:
    """Policies tried without a cluster: an answer to each probe, as the API server would give it.

    problem: why there are none: the policies are no good, or there are none ("" if neither).
    """

    answers: tuple[ProbeFact, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ObjectsFact:
    """API objects as the server gave them: for a need with a name, none (not found) or one.

    served: whether the server serves the kind at all (a custom resource may not be defined).
    """

    items: tuple[Mapping[str, Any], ...]
    served: bool = True


@dataclass(frozen=True, slots=True)
class CommandFact:
    """A finished command: exit code and what it printed (UTF-8, bad bytes replaced, 64 KiB at most)."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """This could not be found out, and why, in words for the learner.

    `api_down` is True when the only reason is that the API server does not serve. `beyond`: this kind of
    grading was never to find it out (files alone, and only a lab or a cluster can tell).
    """

    reason: str
    api_down: bool = False
    beyond: bool = False


Fact = (
    FileFact
    | FolderFact
    | ApiServerFact
    | LabFact
    | ServiceFact
    | ProbeFact
    | TrialFact
    | ObjectsFact
    | CommandFact
    | Unavailable
)
