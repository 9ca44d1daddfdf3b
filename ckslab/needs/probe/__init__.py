"""One request to the API server as a probe: what is sent, and what came back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from ckslab.evidence import Fact, Need

if TYPE_CHECKING:
    from ckslab.needs.sources import Sources


NONCE = "ckslab.image-policy.k8s.io/nonce"
"""The annotation by which a probe is known again: only those whose key holds `.image-policy.k8s.io/` reach the
webhook (and its cache's key)."""


@dataclass(frozen=True, slots=True)
class ImageReviewLogEntry:
    """What a scanner was asked in one request, and what it said."""

    images: tuple[str, ...]
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class NewNamespace:
    """A namespace that is made for probes and removed after them.

    labels: in the order of their keys. name: "" for one that is drawn from the lab's seed; another is taken where
    the name is taken, a number behind it.
    """

    labels: tuple[tuple[str, str], ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """Under which name, with which labels and in which namespace a probe was sent."""

    name: str
    namespace: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeFact:
    """The API server's answer to one probe.

    outcome: "admitted", "denied" (a 4xx answer), "failed" (no answer, or a 5xx). code: HTTP status
    (0: no answer). reason, message: of the Status object. asked: what the stopped-or-running scanner was
    asked about exactly this probe (matched by its nonce), None when the lab has no service that is asked.
    warnings: Warning headers. millis: how long the request took. sent: what the probe was called. stored: the
    object as it would be stored, with what admission made of it; None where it was not admitted.
    """

    outcome: Literal["admitted", "denied", "failed"]
    code: int
    reason: str
    message: str
    asked: tuple[ImageReviewLogEntry, ...] | None = None
    warnings: tuple[str, ...] = ()
    millis: int = 0
    sent: Sent | None = None
    stored: Mapping[str, Any] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ProbeNeed(Need[ProbeFact]):
    """One request that the grader sends to the API server as a server-side dry run.

    `manifest` is the object as canonical JSON (sorted keys, no spaces), without namespace and with or
    without a name; a pod without one is given a name, and maybe labels, drawn from the lab's seed. `stopped` names
    a service that is stopped while the request is made.

    `via`: "create" sends the object. "update" and "ephemeral": `manifest` is a pod with a name, and into the pod of
    that name `spec.update` is patched as its first container's image, or `spec.ephemeralContainers`; where it is
    gone it is made again first, of `spec.containers`. "workload": `manifest` is a Deployment that is really created
    and removed; denied is what its pods' creation meets.
    """

    live: ClassVar[bool] = True
    manifest: str
    namespace: str | NewNamespace = "default"
    stopped: str | None = None
    via: Literal["create", "update", "ephemeral", "workload"] = "create"

    def words(self) -> str:
        """What is asked."""
        return "what the API server does"

    def services(self) -> tuple[str, ...]:
        """Its service."""
        return () if self.stopped is None else (self.stopped,)

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Send them."""
        from ckslab.needs.probe.round import probe_round

        return probe_round(needs, sources)
