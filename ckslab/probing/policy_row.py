"""One row of a policy matrix: an object that is tried, and how it is named to the learner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from ckslab.evidence import Params
from ckslab.needs.probe import NewNamespace, ProbeNeed, Sent
from ckslab.probing.place import manifest_place

DEPLOYMENT = "apps/v1"
Kind = Literal["plain", "init", "ephemeral"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Of container: the only one of a pod, an init container, an ephemeral one."""


class Carrier(Params):
    """A pod that the set-up made before any policy, into which ephemeral containers and other images are patched
    (as a dry run). image: its own, which the policy must allow, for the day when the pod is gone.
    """

    name: str
    image: str


class Row(Params):
    """An object that is tried. A plain text is short for `image`.

    image: of the first container; extra-images: of more containers; init: of an init container beside them.
    ephemeral: the image of an ephemeral container in the carrier. update: the image that the carrier's first
    container is given. workload: the image of a Deployment's pods, which is really created and removed. manifest:
    any object. namespace (default); or new-namespace: the labels of one that is made for it. reason: why this row
    is there, in a few words that the learner is shown.
    """

    former_keys: ClassVar[Mapping[str, str]] = {"further": "extra-images", "because": "reason"}

    image: str | None = None
    extra_images: tuple[str, ...] = ()
    init: str | None = None
    ephemeral: str | None = None
    update: str | None = None
    workload: str | None = None
    manifest: dict[str, Any] | None = None
    namespace: str | None = None
    new_namespace: dict[str, str] | None = None
    reason: str = Field("", max_length=80)

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, given: Any) -> Any:
        return {"image": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_object(self) -> Row:
        given = [self.image, self.ephemeral, self.update, self.workload, self.manifest]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of image, ephemeral, update, workload and manifest")
        if self.image is None and (self.extra_images or self.init):
            raise ValueError("extra-images and init go with image")
        if self.new_namespace is not None and (self.namespace is not None or self.on_carrier):
            raise ValueError("new-namespace goes with image, workload and manifest, and not beside namespace")
        self.place()
        return self

    @property
    def on_carrier(self) -> bool:
        """Whether the row changes the carrier."""
        return self.ephemeral is not None or self.update is not None

    @property
    def container(self) -> Kind | None:
        """The kind of the container that it is about, where it is about one whose name it may choose."""
        if self.ephemeral is not None:
            return "ephemeral"
        if self.image is None or self.extra_images:
            return None
        return "plain" if self.init is None else "init"

    def place(self) -> str | NewNamespace:
        """Where the object is made; ValueError where the row and its manifest say two things."""
        if self.new_namespace is not None:
            new = NewNamespace(tuple(sorted(self.new_namespace.items())))
            return manifest_place(self.manifest, new)
        return manifest_place(self.manifest, self.namespace)

    def images(self) -> tuple[str, ...]:
        """The images that decide about the row: those of the kind of container that it is about."""
        if self.manifest is not None:
            return ()
        if self.init:
            return (self.init,)
        if self.extra_images:
            return self.extra_images
        return (self.image or self.ephemeral or self.update or self.workload or "",)

    def label(self, sent: Sent | None = None) -> str:
        """The object in words. sent: what it was called, where that is known."""
        return f"{self._what()}{_where(self.place(), sent)}" + (f" ({self.reason})" if self.reason else "")

    def _what(self) -> str:
        if self.manifest is not None:
            metadata = self.manifest.get("metadata")
            name = metadata.get("name", "") if isinstance(metadata, dict) else ""
            return f"{self.manifest.get('kind', 'object')} {name}".strip()
        if self.ephemeral is not None:
            return f"an ephemeral container of {self.ephemeral}"
        if self.update is not None:
            return f"a running pod whose image is changed to {self.update}"
        if self.workload is not None:
            return f"the pods of a Deployment of {self.workload}"
        if self.init is not None:
            return f"an init container of {self.init}"
        return "a pod of " + " and ".join([self.image or "", *self.extra_images])

    def need(self, carrier: Carrier | None) -> ProbeNeed:
        """The request."""
        place = self.place()
        if self.on_carrier:
            assert carrier is not None, "the matrix demands a carrier beside such rows"
            pod = _json(_carried(self, carrier))
            return ProbeNeed(pod, place, via="update" if self.ephemeral is None else "ephemeral")
        if self.workload is not None:
            return ProbeNeed(_json(_deployment(self.workload)), place, via="workload")
        return ProbeNeed(_json(self.manifest or _pod(self)), place)


def _where(place: str | NewNamespace, sent: Sent | None) -> str:
    if isinstance(place, str):
        return "" if place == "default" else f" in {place}"
    labels = ", ".join(f"{key}={value}" for key, value in place.labels)
    name = f"{sent.namespace}, " if sent is not None else ""
    return f" in a new namespace ({name}{f'labelled {labels}' if labels else 'without labels'})"


def _json(manifest: dict[str, Any]) -> str:
    return json.dumps(manifest, sort_keys=True, separators=(",", ":"))


def _containers(prefix: str, *images: str) -> list[dict[str, str]]:
    return [
        {"image": image, "name": f"{prefix}-{number}" if number > 1 else prefix}
        for number, image in enumerate(images, 1)
    ]


def _pod(row: Row) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": _containers("main", row.image or "", *row.extra_images)}
    if row.init is not None:
        spec["initContainers"] = _containers("init", row.init)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec}


def _carried(row: Row, carrier: Carrier) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": _containers("main", carrier.image)}
    if row.ephemeral is not None:
        spec["ephemeralContainers"] = _containers("debug", row.ephemeral)
    else:
        spec["update"] = row.update
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": carrier.name}, "spec": spec}


def _deployment(image: str) -> dict[str, Any]:
    spec = {"replicas": 1, "template": {"spec": {"containers": _containers("main", image)}}}
    return {"apiVersion": DEPLOYMENT, "kind": "Deployment", "metadata": {}, "spec": spec}
