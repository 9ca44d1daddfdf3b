"""The model of a scenario: what an author writes, validated and frozen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ckslab.evidence import Params

TOPICS = (
    "images",
    "digests",
    "binaries",
    "scanning",
    "image-policy-webhook",
    "gatekeeper",
    "validating-admission-policy",
    "registries",
    "sbom",
    "signing",
    "static-analysis",
)

Capability = Literal["static-pods", "running-pods", "services", "many-ids", "gatekeeper", "registry"]
"""What a scenario may ask of a backend. static-pods: a control plane whose manifests may be edited;
running-pods: ordinary pods run; services: Service addresses work; many-ids: pods with runAsUser."""

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$")]
NodePath = Annotated[str, Field(pattern=r"^/[^\0]*$", max_length=1024)]


class Strict(BaseModel):
    """Unknown keys are errors; dashes in YAML are underscores in Python; instances are frozen."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-"), populate_by_name=True
    )


class DenyRule(Strict):
    """An image pattern (`*` any characters, `?` one) that the scanner refuses, and its reason."""

    image: str
    reason: str


class ImageScanner(Strict):
    """The webhook backend behind `https://HOST:PORT/PATH`: TLS, client certificate demanded."""

    host: str = "scanner.lab"
    port: int = Field(8443, ge=1024, le=65535)
    path: str = "/review"
    deny: tuple[DenyRule, ...] = Field(min_length=1)


class Service(Strict):
    """One service of the lab; exactly one kind."""

    image_scanner: ImageScanner


class Certificate(Strict):
    """A certificate that set-up makes and lays into the node, unlike any other lab's.

    ca-of SERVICE: the CA that signed the service's certificate. client-of SERVICE: a client certificate
    the service accepts. unrelated: a CA, or a client pair (`key` given), that nothing trusts.
    `mismatched`: the key laid down is not the certificate's.
    """

    ca_of: str | None = None
    client_of: str | None = None
    unrelated: bool = False
    cert: NodePath
    key: NodePath | None = None
    mismatched: bool = False


class Setup(Strict):
    """What lies on the node before the learner comes.

    files: a folder of the scenario, laid over the node's root (text files; `${nonce}` is replaced).
    modes: octal permissions for some of them ("0600"). objects: YAML files of API objects, applied in
    order. images: references for which the node's store holds a tiny runnable image.
    """

    files: str | None = None
    modes: dict[str, str] = Field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    objects: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


class Fault(Strict):
    """One way to break the lab: its steps are played after set-up; `repair` undoes them.

    signatures: regular expressions; a line of the API server's or the kubelet's log that matches one names
    this fault.
    """

    id: Identifier
    steps: tuple[dict[str, Any], ...] = Field(min_length=1)
    repair: tuple[dict[str, Any], ...] = Field(min_length=1)
    signatures: tuple[str, ...] = Field(min_length=1)


class Faults(Strict):
    """A pool of faults of which each lab draws `draw` by its seed."""

    draw: int = Field(2, ge=1)
    choices: tuple[Fault, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Check:
    """One gradable statement.

    type is a check type's name and params its validated parameters. after: ids whose failure makes this
    check pointless (it waits). guard: it protects what was right from the start, and earns only if the
    checks `with_` pass too. hints: from vague to explicit. line: in scenario.yaml.
    """

    id: str
    title: str
    points: int
    type: str
    params: Params
    after: tuple[str, ...] = ()
    guard: bool = False
    with_: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as loaded: content with `${nonce}` filled in where a lab's nonce was given.

    folder holds scenario.yaml, task.md, setup/, answers.yaml. faults: the pool, if there is one.
    """

    id: str
    title: str
    topic: str
    difficulty: Literal["easy", "medium", "hard"]
    minutes: int
    requires: tuple[str, ...]
    services: dict[str, Service]
    setup: Setup
    checks: tuple[Check, ...]
    faults: Faults | None
    task: str
    folder: Path

    @property
    def max_points(self) -> int:
        """The sum of all checks' points (100 by lint)."""
        return sum(check.points for check in self.checks)
