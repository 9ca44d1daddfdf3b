"""One admission probe: the object that is sent, and by whom it should be denied or that it is admitted."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field, model_validator

from ckslab.evidence import Params
from ckslab.needs.probe import ProbeNeed
from ckslab.probing.place import manifest_place

FAILURES = ("unreachable", "tls", "protocol")
"""Words for denials because the scanner could not be asked."""


class DeniedBy(Params):
    """Exactly one. image-policy-webhook: a text of the scanner's reason, or how it could not be asked:
    unreachable, tls, protocol. The others: a text of the message ("" for any). gatekeeper: of its
    constraint or message; validating-admission-policy: of the policy's name or message.
    admission-webhook: the webhook's name or message. pod-security: of the message.
    """

    image_policy_webhook: str | None = None
    gatekeeper: str | None = None
    validating_admission_policy: str | None = None
    admission_webhook: str | None = None
    pod_security: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> DeniedBy:
        if len(self.given()) != 1:
            raise ValueError("name exactly one who denies it")
        return self

    def given(self) -> dict[str, str]:
        """Who (dashed) -> the text."""
        return {
            name.replace("_", "-"): text
            for name, text in self.model_dump(exclude_none=True, by_alias=False).items()
        }


class Probe(Params):
    """What is created (as a dry run), and what should happen.

    image: of a pod with the one container `main`; or containers and init-containers: images of each; or
    manifest: any object. denied-by or admitted: true.
    """

    create: Literal["pod"] = "pod"
    image: str | None = None
    containers: tuple[str, ...] = ()
    init_containers: tuple[str, ...] = ()
    manifest: dict[str, Any] | None = None
    namespace: str | None = None
    denied_by: DeniedBy | None = None
    admitted: Literal[True] | None = Field(None)

    @model_validator(mode="after")
    def _one_of_each(self) -> Probe:
        if sum((self.image is not None, bool(self.containers), self.manifest is not None)) != 1:
            raise ValueError("give one of image, containers and manifest")
        if self.manifest is not None and self.init_containers:
            raise ValueError("init-containers go with image or containers")
        if (self.denied_by is None) == (self.admitted is None):
            raise ValueError("give one of denied-by and admitted: true")
        manifest_place(self.manifest, self.namespace)
        return self

    def need(self, stopped: str | None) -> ProbeNeed:
        """The request."""
        manifest = json.dumps(self._object(), sort_keys=True, separators=(",", ":"))
        return ProbeNeed(manifest, manifest_place(self.manifest, self.namespace), stopped)

    def label(self) -> str:
        """What is sent, in words."""
        if self.manifest is not None:
            metadata = self.manifest.get("metadata")
            name = metadata.get("name", "") if isinstance(metadata, dict) else ""
            return f"{self.manifest.get('kind', 'object')} {name}".strip()
        images = [self.image] if self.image is not None else [*self.containers]
        text = "a pod with the image " + ", ".join(image or "" for image in images)
        if self.init_containers:
            text += " and the init container's " + ", ".join(self.init_containers)
        return text

    def _object(self) -> dict[str, Any]:
        if self.manifest is not None:
            return self.manifest
        images = [self.image or ""] if self.image is not None else [*self.containers]
        spec: dict[str, Any] = {
            "containers": [
                {"image": image, "name": f"main-{number}" if number > 1 else "main"}
                for number, image in enumerate(images, 1)
            ]
        }
        if self.init_containers:
            spec["initContainers"] = [
                {"image": image, "name": f"init-{number}"} for number, image in enumerate(self.init_containers, 1)
            ]
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec}
