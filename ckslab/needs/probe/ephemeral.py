"""An ephemeral container as a probe: a dry-run patch of a carrier pod that the set-up made before any policy."""

from __future__ import annotations

from typing import Any

from ckslab.cluster.api import Answer, Api
from ckslab.errors import LabError

PATCH = "application/strategic-merge-patch+json"


def patch_carrier(api: Api, pod: dict[str, Any], namespace: str, nonce: str, seconds: float) -> Answer:
    """The API server's answer to these ephemeral containers in the pod of that name.

    A carrier that is gone, or was given ephemeral containers by somebody (which stay as long as it lives),
    is made again first. LabError when it cannot be.
    """
    path = api.path_of("v1", "Pod", namespace, pod["metadata"]["name"])
    _ensure(api, path, pod)
    containers = [
        {**container, "name": f"{container['name']}-{nonce}"} for container in pod["spec"]["ephemeralContainers"]
    ]
    patch = {"spec": {"ephemeralContainers": containers}}
    query = "/ephemeralcontainers?dryRun=All"
    return api.request("PATCH", path + query, patch, timeout=seconds, content_type=PATCH)


def _ensure(api: Api, path: str, pod: dict[str, Any]) -> None:
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
