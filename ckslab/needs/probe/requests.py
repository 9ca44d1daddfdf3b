"""The requests of probes: an object created, a pod changed as a dry run, a workload really made."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckslab.cluster.api import Answer, Api
from ckslab.errors import LabError
from ckslab.needs.probe import NONCE, ProbeNeed, Sent
from ckslab.needs.probe.draw import Draw
from ckslab.needs.probe.namespaces import MARK, is_marked
from ckslab.waiting import wait_until

REQUEST_SECONDS = 20.0
PATCH = "application/strategic-merge-patch+json"
WORKLOAD_SECONDS = 15.0
LEFT_SECONDS = 60.0
"""Age from which a probe's Deployment was left by a grading that was interrupted."""


@dataclass(frozen=True, slots=True)
class Request:
    """One probe as it is sent: the object with its name and labels. nonce: of this request, nowhere else.

    shown: whether the object carries the nonce, which only a service that is asked about it reads.
    """

    need: ProbeNeed
    namespace: str
    manifest: dict[str, Any]
    nonce: str
    shown: bool

    @property
    def sent(self) -> Sent:
        """What it is called."""
        metadata = self.manifest["metadata"]
        return Sent(metadata["name"], self.namespace, tuple(sorted(metadata.get("labels", {}).items())))


def drawn_request(need: ProbeNeed, namespace: str, draw: Draw, nonce: str, *, shown: bool) -> Request:
    """The probe under the name and labels that the lab's draw gives it, where its manifest has none."""
    manifest: dict[str, Any] = json.loads(need.manifest)
    metadata = manifest.setdefault("metadata", {})
    key = f"{need.manifest}{need.namespace}"
    if "name" not in metadata and "generateName" not in metadata:
        metadata["name"] = draw.pod_name(key)
        labels = dict(draw.labels(key))
        if manifest.get("kind") == "Pod" and labels:
            metadata.setdefault("labels", labels)
    if shown:
        metadata.setdefault("annotations", {})[NONCE] = nonce
    return Request(need, namespace, manifest, nonce, shown)


def send_request(api: Api, request: Request) -> Answer:
    """The API server's answer to this probe. LabError where there can be none."""
    match request.need.via:
        case "workload":
            return _try_workload(api, request)
        case "ephemeral" | "update":
            return _patch_carrier(api, request)
    manifest = request.manifest
    path = api.path_of(manifest["apiVersion"], manifest["kind"], request.namespace)
    return api.request("POST", f"{path}?dryRun=All", manifest, timeout=REQUEST_SECONDS)


def _patch_carrier(api: Api, request: Request) -> Answer:
    """The answer to a dry-run patch of these ephemeral containers, or of this image, into the pod of that name.

    The set-up made that carrier before any policy. One that is gone, or was given ephemeral containers by
    somebody (which stay as long as it lives), is made again first. The answer to that where its namespace is gone;
    LabError when it cannot be made for another reason.
    """
    pod = request.manifest
    path = api.path_of("v1", "Pod", request.namespace, pod["metadata"]["name"])
    carrier = _ensured_carrier(api, path, pod)
    if isinstance(carrier, Answer):
        return carrier
    spec = pod["spec"]
    if request.need.via == "update":
        patch = {"containers": [{"name": carrier["spec"]["containers"][0]["name"], "image": spec["update"]}]}
        return _dry_patch(api, path, patch)
    taken = {one["name"] for one in (*carrier["spec"]["containers"], *carrier["spec"].get("initContainers", ()))}
    containers = [
        {**one, "name": f"{one['name']}-{request.nonce[:5]}" if one["name"] in taken else one["name"]}
        for one in spec["ephemeralContainers"]
    ]
    return _dry_patch(api, f"{path}/ephemeralcontainers", {"ephemeralContainers": containers})


def _dry_patch(api: Api, path: str, spec: dict[str, Any]) -> Answer:
    return api.request("PATCH", f"{path}?dryRun=All", {"spec": spec}, timeout=REQUEST_SECONDS, content_type=PATCH)


def _ensured_carrier(api: Api, path: str, pod: dict[str, Any]) -> Mapping[str, Any] | Answer:
    """The carrier as it is, or the answer that its namespace is not found."""
    there = api.request("GET", path)
    if there.status == 200:
        item: dict[str, Any] = there.body
        if not (item["spec"].get("ephemeralContainers") or item["metadata"].get("deletionTimestamp")):
            return item
        api.request("DELETE", f"{path}?gracePeriodSeconds=0")
    fresh = {**pod, "spec": {"containers": pod["spec"]["containers"]}}
    made = api.request("POST", path.rpartition("/")[0], fresh)
    if made.status == 404:
        return made
    if made.status not in (201, 409):  # 409: another probe of this grading was quicker
        raise LabError(f"the pod {pod['metadata']['name']} is gone and cannot be made again: {made.text[:300]}")
    return fresh


def _try_workload(api: Api, request: Request) -> Answer:
    """The answer that the creation of a Deployment's pods meets, as the API server would give it for a pod.

    It is really created, watched and removed. 201 once its ReplicaSet has made a pod; 403 with the ReplicaSet's
    FailedCreate message; what the Deployment itself meets when it is refused. LabError when nothing happens.
    """
    deployment = request.manifest
    folder = api.path_of(deployment["apiVersion"], deployment["kind"], request.namespace)
    # The first part is the lab's, the last is new in every request: what is left of another is still being removed.
    name = f"{request.sent.name}-{request.nonce[:5]}"
    labels = {"app": request.sent.name}
    spec = deployment["spec"]
    template = {"metadata": {"labels": labels}, "spec": spec["template"]["spec"]}
    sent = {
        **deployment,
        "metadata": {**deployment["metadata"], "name": name, "labels": labels, "annotations": {MARK: ""}},
        "spec": {**spec, "selector": {"matchLabels": labels}, "template": template},
    }
    _remove_left(api, folder)
    made = api.request("POST", folder, sent, timeout=REQUEST_SECONDS)
    if made.status != 201:
        return made
    path = f"{folder}/{name}"
    try:
        what = "a pod, or a refusal, of a probe's Deployment"
        return wait_until(what, lambda: _outcome(api, path), WORKLOAD_SECONDS)
    finally:
        api.request("DELETE", f"{path}?propagationPolicy=Background")


def _remove_left(api: Api, folder: str) -> None:
    """Remove the Deployments of probes that an interrupted grading left."""
    left = api.request("GET", folder)
    for item in (left.body or {}).get("items", ()) if left.status == 200 else ():
        if is_marked(item) and _age(item) >= LEFT_SECONDS:
            api.request("DELETE", f"{folder}/{item['metadata']['name']}?propagationPolicy=Background")


def _outcome(api: Api, path: str) -> Answer | None:
    """What its pods' creation met, None as long as nothing has happened."""
    answer = api.request("GET", path)
    status: dict[str, Any] = answer.body.get("status", {}) if answer.status == 200 else {}
    # The Deployment repeats what its ReplicaSet met: condition ReplicaFailure, reason FailedCreate.
    for condition in status.get("conditions", ()):
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return Answer(403, {"message": condition["message"]}, condition["message"])
    return Answer(201, answer.body, "") if status.get("replicas") else None


def _age(item: dict[str, Any]) -> float:
    made = datetime.datetime.fromisoformat(item["metadata"]["creationTimestamp"])
    return (datetime.datetime.now(datetime.UTC) - made).total_seconds()
