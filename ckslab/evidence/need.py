"""Needs: what a check has to know. Frozen and hashable, so that equal needs are collected once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FileNeed:
    """One node file or folder, symlinks followed as the node's own kernel follows them.

    `path` is absolute on the node. The fact is a `FileFact`; of a folder it lists the entries' names.
    """

    path: str


@dataclass(frozen=True, slots=True)
class FolderNeed:
    """A node folder with what lies directly in it. The fact is a `FolderFact`."""

    path: str


@dataclass(frozen=True, slots=True)
class InitialNeed:
    """A file as it was when the lab was handed to the learner (the golden state). A `FileFact`."""

    path: str


@dataclass(frozen=True, slots=True)
class ApiServerNeed:
    """The live API server: process, files seen at its start, readiness, logs. An `ApiServerFact`."""


@dataclass(frozen=True, slots=True)
class LabNeed:
    """What the lab itself knows: nonce, seed, the faults drawn. A `LabFact`."""


@dataclass(frozen=True, slots=True)
class ServiceNeed:
    """A service of the lab, such as the image scanner: its address and certificates. A `ServiceFact`."""

    name: str


@dataclass(frozen=True, slots=True)
class ProbeNeed:
    """One request that the grader sends to the API server as a server-side dry run. A `ProbeFact`.

    `manifest` is the object as canonical JSON (sorted keys, no spaces), without namespace and with or
    without a name; the collector gives it a unique name and a nonce annotation. `stopped` names a
    service that is stopped while the request is made.

    `via`: "create" sends the object. "ephemeral": `manifest` is a pod with a name and ephemeral containers,
    which are patched into the pod of that name; where it is gone it is made again without them. "workload":
    `manifest` is a Deployment that is really created and removed; denied is what its pods' creation meets.
    """

    manifest: str
    namespace: str = "default"
    stopped: str | None = None
    via: Literal["create", "ephemeral", "workload"] = "create"


@dataclass(frozen=True, slots=True)
class TrialNeed:
    """What the Gatekeeper policies in a node folder's files say to these objects, without a cluster.

    The fact is a `TrialFact`.
    """

    folder: str
    probes: tuple[ProbeNeed, ...]


@dataclass(frozen=True, slots=True)
class ObjectNeed:
    """API objects: one by name, or all of a kind. The fact is an `ObjectsFact`."""

    api_version: str
    kind: str
    namespace: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CommandNeed:
    """What a command on the node prints, run as root without a shell, 20 s at most. A `CommandFact`."""

    argv: tuple[str, ...]


Need = (
    FileNeed
    | FolderNeed
    | InitialNeed
    | ApiServerNeed
    | LabNeed
    | ServiceNeed
    | ProbeNeed
    | TrialNeed
    | ObjectNeed
    | CommandNeed
)

LIVE = (ApiServerNeed, ProbeNeed, ObjectNeed, CommandNeed)
"""Needs that only a running cluster can meet: a check that has one is not graded from files alone."""
