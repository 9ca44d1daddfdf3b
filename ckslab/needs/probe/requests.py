"""The requests of probes: an object created as a dry run, an ephemeral container, a workload really made."""

from __future__ import annotations

import datetime
import json
from typing import Any

from ckslab.cluster.api import Answer, Api
from ckslab.errors import LabError
from ckslab.needs.probe import NONCE, ProbeNeed
from ckslab.waiting import wait_until

REQUEST_SECONDS = 20.0
PATCH = "application/strategic-merge-patch+json"
LABEL = "ckslab.probe"
WORKLOAD_SECONDS = 15.0
LEFT_SECONDS = 60.0
"""Age from which a probe's Deployment was left by a grading that was interrupted."""


def send_request(api: Api, need: ProbeNeed, nonce: str) -> Answer:
    """The API server's answer to this probe, which carries the nonce. LabError where there can be none."""
    manifest: dict[str, Any] = json.loads(need.manifest)
    metadata = manifest.setdefault("metadata", {})
    metadata.setdefault("annotations", {})[NONCE] = nonce
    if need.via == "workload":
        return _try_workload(api, manifest, need.namespace, nonce)
    if need.via == "ephemeral":
        return _patch_carrier(api, manifest, need.namespace, nonce)
    metadata.setdefault("name", f"probe-{nonce}")
    path = api.path_of(manifest["apiVersion"], manifest["kind"], need.namespace)
    return api.request("POST", f"{path}?dryRun=All", manifest, timeout=REQUEST_SECONDS)


def _patch_carrier(api: Api, pod: dict[str, Any], namespace: str, nonce: str) -> Answer:
    """The answer to a dry-run patch of these ephemeral containers into the pod of that name.

    The set-up made that carrier before any policy. One that is gone, or was given ephemeral containers by
    somebody (which stay as long as it lives), is made again first. LabError when it cannot be.
    """
    path = api.path_of("v1", "Pod", namespace, pod["metadata"]["name"])
    _ensure_carrier(api, path, pod)
    containers = [
        {**container, "name": f"{container['name']}-{nonce}"} for container in pod["spec"]["ephemeralContainers"]
    ]
    patch = {"spec": {"ephemeralContainers": containers}}
    query = "/ephemeralcontainers?dryRun=All"
    return api.request("PATCH", path + query, patch, timeout=REQUEST_SECONDS, content_type=PATCH)


def _ensure_carrier(api: Api, path: str, pod: dict[str, Any]) -> None:
    there = api.request("GET", path)
    if there.status == 200:
        spent = there.body["spec"].get("ephemeralContainers") or there.body["metadata"].get("deletionTimestamp")
        if not spent:
            return
        api.request("DELETE", f"{path}?gracePeriodSeconds=0")
    spec = {key: value for key, value in pod["spec"].items() if key != "ephemeralContainers"}
    folder = path.rpartition("/")[0]
    made = api.request("POST", folder, {**pod, "spec": spec})
    if made.status not in (201, 409):  # another probe of this grading was quicker
        raise LabError(f"the pod {pod['metadata']['name']} is gone and cannot be made again: {made.text[:300]}")


def _try_workload(api: Api, deployment: dict[str, Any], namespace: str, nonce: str) -> Answer:
    """The answer that the creation of a Deployment's pods meets, as the API server would give it for a pod.

    It is really created, watched and removed. 201 once its ReplicaSet has made a pod; 403 with the ReplicaSet's
    FailedCreate message; what the Deployment itself meets when it is refused. LabError when nothing happens.
    """
    folder = api.path_of(deployment["apiVersion"], deployment["kind"], namespace)
    metadata = {**deployment["metadata"], "name": f"probe-{nonce}", "labels": {LABEL: nonce}}
    _remove_workloads(api, folder, f"{LABEL},{LABEL}!={nonce}", LEFT_SECONDS)
    made = api.request("POST", folder, {**deployment, "metadata": metadata}, timeout=REQUEST_SECONDS)
    if made.status != 201:
        return made
    path = f"{folder}/probe-{nonce}"
    try:
        what = "a pod, or a refusal, of a probe's Deployment"
        return wait_until(what, lambda: _outcome(api, path), WORKLOAD_SECONDS)
    finally:
        api.request("DELETE", f"{path}?propagationPolicy=Background")


def _remove_workloads(api: Api, folder: str, selector: str, older: float) -> None:
    """Remove the Deployments of probes that an interrupted grading left, `older` seconds of age or more."""
    left = api.request("GET", f"{folder}?labelSelector={selector}")
    for item in (left.body or {}).get("items", ()) if left.status == 200 else ():
        if _age(item) >= older:
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
