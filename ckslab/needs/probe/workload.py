"""A workload as a probe: a Deployment really created, watched until its pods come or are refused, and removed."""

from __future__ import annotations

from typing import Any

from ckslab.cluster.api import Answer, Api
from ckslab.waiting import wait_until

LABEL = "ckslab.probe"
WAIT_SECONDS = 15.0


def try_workload(api: Api, deployment: dict[str, Any], namespace: str, nonce: str, seconds: float) -> Answer:
    """The answer that the creation of the Deployment's pods meets, as the API server would give it for a pod.

    201 once its ReplicaSet has made a pod; 403 with the ReplicaSet's FailedCreate message; what the Deployment
    itself meets when it is refused. LabError when nothing happens.
    """
    folder = api.path_of(deployment["apiVersion"], deployment["kind"], namespace)
    metadata = {**deployment["metadata"], "name": f"probe-{nonce}", "labels": {LABEL: nonce}}
    remove_workloads(api, folder, f"{LABEL},{LABEL}!={nonce}", older=60.0)
    made = api.request("POST", folder, {**deployment, "metadata": metadata}, timeout=seconds)
    if made.status != 201:
        return made
    path = f"{folder}/probe-{nonce}"
    try:
        what = "a pod, or a refusal, of a probe's Deployment"
        return wait_until(what, lambda: _outcome(api, path), WAIT_SECONDS)
    finally:
        api.request("DELETE", f"{path}?propagationPolicy=Background")


def remove_workloads(api: Api, folder: str, selector: str, older: float) -> None:
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
    import datetime

    made = datetime.datetime.fromisoformat(item["metadata"]["creationTimestamp"])
    return (datetime.datetime.now(datetime.UTC) - made).total_seconds()
