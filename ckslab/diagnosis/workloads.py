"""The workloads of a namespace, now and at the start, and which image a container of the start named then."""

from __future__ import annotations

from collections.abc import Iterator

from ckslab.evidence import Evidence, Need, NotAvailable, Unavailable
from ckslab.kubernetes.image_digests import StoredImage, image_named
from ckslab.kubernetes.workloads import TEMPLATES, Workload, by_themselves, read_workload
from ckslab.needs.initial_store import InitialStoreNeed
from ckslab.needs.objects import InitialObjectNeed, ObjectNeed

Workloads = dict[tuple[str, str], Workload]
"""By kind and name, those that no workload made."""


def workload_needs(namespace: str) -> Iterator[Need]:
    """All kinds of workloads of the namespace, now and at the start."""
    for kind, (version, _) in TEMPLATES.items():
        yield ObjectNeed(version, kind, namespace)
        yield InitialObjectNeed(version, kind, namespace)


def workloads_now(namespace: str, evidence: Evidence) -> Workloads:
    """As they are."""
    return by_themselves(
        read_workload(item, kind)
        for kind, (version, _) in TEMPLATES.items()
        for item in evidence.of(ObjectNeed(version, kind, namespace)).items
    )


def workloads_then(namespace: str, evidence: Evidence) -> Workloads:
    """As they were when the lab was handed to the learner."""
    return by_themselves(
        read_workload(item, kind)
        for kind, (version, _) in TEMPLATES.items()
        for item in evidence.of(InitialObjectNeed(version, kind, namespace)).items
    )


def initial_image(text: str, evidence: Evidence) -> StoredImage:
    """The image that an `image:` of the start meant then. NotAvailable where the node did not have it."""
    found = image_named(text, evidence.of(InitialStoreNeed()).images)
    if found is None:
        raise NotAvailable(Unavailable(f"the node did not have the image {text} at the start"))
    return found
