"""Steps on a running lab, as a learner would do them: commands on the node, objects through the API."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ckslab.cluster.api import Answer, Api, NotServed
from ckslab.cluster.backend import Node
from ckslab.control_plane.settle import settle
from ckslab.errors import LabError
from ckslab.progress import Progress
from ckslab.scenario.actions import ObjectReference
from ckslab.waiting import polls, wait_until

PATCHES = {
    "strategic": "application/strategic-merge-patch+json",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
}
GONE_SECONDS = 30.0
SERVED_SECONDS = 20.0
ACCOUNT_SECONDS = 30.0


Lags = Callable[[Answer], bool]


def _never(_answer: Answer) -> bool:
    return False


class ClusterSteps:
    """What steps do to a running lab, as the administrator on its node. LabError when it cannot be reached.

    lags: whether an object was refused only until what came before it is taken up.
    """

    def __init__(self, node: Node, api: Api, progress: Progress, lags: Lags = _never) -> None:
        self._node = node
        self._api = api
        self._progress = progress
        self._lags = lags

    def run(self, argv: Sequence[str], *, timeout: float) -> subprocess.CompletedProcess[bytes]:
        """Run a command on the node as root, with the admin's kubeconfig; never raises for its exit code.

        TimeoutError after `timeout` seconds.
        """
        return self._node.run(argv, timeout=timeout)

    def apply(self, manifest: Mapping[str, Any]) -> bool:
        """Server-side apply of one object, forced. Whether anything changed."""
        metadata = manifest["metadata"]
        path = self._served(manifest["apiVersion"], manifest["kind"], metadata.get("namespace"), metadata["name"])
        before = self._api.request("GET", path)
        changed = _changed(before, _done(self._applied(path, manifest), "applied", path))
        if manifest["kind"] == "Namespace":
            self._await_account(metadata["name"])
        return changed

    def patch(self, target: ObjectReference, patch: Any, kind: str) -> bool:
        """Patch one object; kind: "strategic", "merge" or "json". Whether anything changed."""
        path = self._path(target)
        before = self._api.request("GET", path)
        answer = self._api.request("PATCH", path, patch, content_type=PATCHES[kind])
        return _changed(before, _done(answer, "patched", path))

    def delete(self, target: ObjectReference) -> bool:
        """Delete one object and wait until it is gone. Whether it was there."""
        path = self._path(target)
        answer = self._api.request("DELETE", path)
        if answer.status == 404:
            return False
        _done(answer, "deleted", path)
        self._wait_until(f"{path} to be gone", lambda: self._api.request("GET", path).status == 404, GONE_SECONDS)
        return True

    def settle(self) -> None:
        """Wait, bounded, until the control plane is ready or has ended on the files as they are."""
        settled = settle(self._node, self._api, self._progress)
        if settled.state == "unsettled":
            raise LabError("the control plane did not settle", details="\n".join(settled.look.log[-10:]))

    def _served(self, api_version: str, kind: str, namespace: str | None, name: str) -> str:
        """The object's path; a custom resource that was defined a moment ago is waited for."""
        for _ in polls(SERVED_SECONDS, every=0.2, node=self._node):
            with suppress(NotServed):
                return self._api.path_of(api_version, kind, namespace, name)
        return self._api.path_of(api_version, kind, namespace, name)

    def _applied(self, path: str, manifest: Mapping[str, Any]) -> Answer:
        """The answer to a server-side apply; an object that was sent too early is sent again."""
        query = "?fieldManager=ckslab&force=true"
        answer = Answer(0, None, "")
        for _ in polls(SERVED_SECONDS, every=0.2, node=self._node):
            answer = self._api.request(
                "PATCH", path + query, dict(manifest), content_type="application/apply-patch+yaml"
            )
            if 200 <= answer.status < 300 or not self._lags(answer):
                break
        return answer

    def _await_account(self, namespace: str) -> None:
        """Wait for a new namespace's service account: before it no pod can be created there, or probed."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        what = f"a service account in the namespace {namespace}"
        self._wait_until(what, lambda: self._api.request("GET", path).status == 200, ACCOUNT_SECONDS)

    def _wait_until(self, what: str, found: Callable[[], bool], seconds: float) -> None:
        wait_until(what, found, seconds, every=0.05, node=self._node)

    def _path(self, target: ObjectReference) -> str:
        return self._api.path_of(target.api_version, target.kind, target.namespace, target.name)


def _done(answer: Answer, what: str, path: str) -> Answer:
    if not 200 <= answer.status < 300:
        message = answer.body.get("message") if isinstance(answer.body, dict) else answer.text
        raise LabError(f"{path} could not be {what}: {message}")
    return answer


def _changed(before: Answer, after: Answer) -> bool:
    if before.status != 200:
        return True
    old, new = (answer.body["metadata"]["resourceVersion"] for answer in (before, after))
    return bool(old != new)
