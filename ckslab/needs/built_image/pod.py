"""The image run as a Pod, as strictly as a check asks: how it ended, or that it stays, and what it printed."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ckslab.waiting import polls

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.cluster.backend import Node
    from ckslab.image_tree.look import Account

SECONDS = 30.0
STAYS_SECONDS = 2.0
"""What has run so long stays: a program that fails at its start does so at once."""
LOG_SECONDS = 10.0
SILENT_SECONDS = 1.0
"""A log that has been empty so long stays so."""
MAX_LOG = 16 << 10

Rule = Literal["non-root", "read-only", "no-privileges"]

PODS = "/api/v1/namespaces/default/pods"
_PASSING = ("ContainerCreating", "PodInitializing", "ErrImageNeverPull")
"""The last because the runtime may not have heard of the image yet."""


@dataclass(frozen=True, slots=True)
class PodRun:
    """How it went. untold: why that could not be found out, "" if it could. state: `ended`, `runs`, or `never` (it
    was not started). code: of an end. why: why it was never started, or the reason of its end. printed: its log.
    """

    untold: str = ""
    state: Literal["ended", "runs", "never"] = "never"
    code: int = 0
    why: str = ""
    printed: str = ""


def run_as_pod(node: Node, api: Api, image: str, rules: Collection[Rule], *, stays: bool, user: Account) -> PodRun:
    """Create the Pod, see it end (or stay), read its log, and delete it.

    user: the image's own. Where it has a name alone, the Pod says its number: the kubelet refuses what it cannot
    tell to be another than root (pkg/kubelet/kuberuntime/security_context.go, verifyRunAsNonRoot).
    """
    if not api.ready():
        return PodRun(untold="the API server is not ready")
    name = f"graded-{secrets.token_hex(4)}"
    made = api.request("POST", PODS, _pod(name, image, rules, user))
    if made.status != 201:
        return PodRun(untold=f"the API server does not take a Pod of the image: {made.text[:300]}")
    try:
        return _watched(node, api, name, stays)
    finally:
        api.request("DELETE", f"{PODS}/{name}", {"gracePeriodSeconds": 0})


def _pod(name: str, image: str, rules: Collection[Rule], user: Account) -> dict[str, Any]:
    security: dict[str, Any] = {}
    if "non-root" in rules:
        security["runAsNonRoot"] = True
        if user.by_name and user.uid and not user.problem:
            security |= {"runAsUser": user.uid, "runAsGroup": user.gid}
    if "read-only" in rules:
        security["readOnlyRootFilesystem"] = True
    if "no-privileges" in rules:
        security |= {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {"name": "app", "image": image, "imagePullPolicy": "Never", "securityContext": security}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "tolerations": [{"operator": "Exists"}],
            "containers": [container],
        },
    }


def _watched(node: Node, api: Api, name: str, stays: bool) -> PodRun:
    last = ""
    running_since: float | None = None
    for waited in polls(SECONDS, every=0.1, node=node):
        answer = api.request("GET", f"{PODS}/{name}")
        if answer.status != 200 or not isinstance(answer.body, dict):
            return PodRun(untold=f"the Pod of the image is not told: {answer.text[:200]}")
        state = _state(answer.body)
        if ended := state.get("terminated"):
            why = ": ".join(str(ended[key]) for key in ("reason", "message") if ended.get(key))
            if str(ended.get("reason")) in ("StartError", "ContainerCannotRun"):
                return PodRun(state="never", why=why[:400])
            code = ended.get("exitCode")
            return _told(node, api, name, PodRun("", "ended", code if isinstance(code, int) else -1, why[:400]))
        waiting = state.get("waiting") or {}
        last = ": ".join(str(waiting[key]) for key in ("reason", "message") if waiting.get(key))
        if waiting.get("reason") and waiting["reason"] not in _PASSING:
            return PodRun(state="never", why=last[:400])
        if state.get("running"):
            running_since = waited if running_since is None else running_since
            if stays and waited - running_since > STAYS_SECONDS:
                return _told(node, api, name, PodRun("", "runs"))
    if running_since is not None:
        return _told(node, api, name, PodRun("", "runs"))
    return PodRun(
        untold=f"the Pod of the image did not start within {SECONDS:.0f} s" + (f" ({last})" if last else "")
    )


def _state(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state of its container, {} while it has none."""
    status = pod.get("status")
    found = status.get("containerStatuses") if isinstance(status, dict) else None
    state = found[0].get("state") if isinstance(found, list) and found and isinstance(found[0], dict) else None
    parts = state if isinstance(state, dict) else {}
    return {key: part for key, part in parts.items() if isinstance(part, dict)}


def _told(node: Node, api: Api, name: str, run: PodRun) -> PodRun:
    """The run with its log. The kubelet may have that a moment after the end: an empty one is asked for again."""
    said = ""
    for waited in polls(LOG_SECONDS, every=0.2, node=node):
        answer = api.request("GET", f"{PODS}/{name}/log?limitBytes={MAX_LOG}")
        if answer.status == 200 and (answer.text or waited > SILENT_SECONDS):
            return replace(run, printed=answer.text)
        said = answer.text[:200]
    return PodRun(untold=f"the log of the Pod of the image cannot be read: {said}")
