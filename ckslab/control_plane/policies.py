"""Wait, bounded, until the cluster's policies act: what was created a moment ago is not yet enforced."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ckslab.cluster.api import Api
from ckslab.progress import Progress

LIMIT = 30.0
"""Seconds. A ValidatingAdmissionPolicy takes 1 to 2, a template with its constraint 1 to 5."""

SETTLED = 3.0
"""Age in seconds from which an admission policy acts: the API server takes up changes once a second
(policyRefreshInterval, k8s.io/apiserver v0.35.4), and time stamps are cut to whole seconds."""

GATEKEEPER_SECONDS = 60.0
"""How long Gatekeeper may take to be back, where it is installed and not scaled down."""

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
NATIVE = ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
TEMPLATES = "/apis/templates.gatekeeper.sh/v1/constrainttemplates"
CONSTRAINTS = "/apis/constraints.gatekeeper.sh/v1beta1"
CONTROLLER = "/apis/apps/v1/namespaces/gatekeeper-system/deployments/gatekeeper-controller-manager"
PODS = "/api/v1/namespaces/gatekeeper-system/pods?labelSelector=gatekeeper.sh/operation%3Dwebhook"

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies as the API server gives them, and the Gatekeeper pods that must have seen theirs.

    controller: Gatekeeper's Deployment, None where it is not installed.
    """

    native: tuple[Item, ...] = ()
    controller: Item | None = None
    pods: frozenset[str] = frozenset()
    templates: tuple[Item, ...] = ()
    constraints: tuple[Item, ...] = ()


def settle_policies(api: Api, progress: Progress, limit: float = LIMIT) -> str:
    """Wait until every policy acts. What was still awaited at the limit, "" if nothing was."""
    begin = time.monotonic()
    told = ""
    while True:
        policies = read_policies(api)
        awaited = gatekeeper_awaited(policies) or policy_awaited(policies, time.time())
        waited = time.monotonic() - begin
        if not awaited or waited > (GATEKEEPER_SECONDS if gatekeeper_awaited(policies) else limit):
            return awaited
        if awaited != told and waited > 0.3:
            progress.step(f"waiting for {awaited}")
            told = awaited
        time.sleep(0.2)


def gatekeeper_awaited(policies: Policies) -> str:
    """What is awaited of Gatekeeper itself: to serve its webhook, unless somebody scaled it down."""
    controller = policies.controller
    if controller is None or controller["spec"].get("replicas", 1) == 0:
        return ""
    return "" if controller.get("status", {}).get("availableReplicas") else "Gatekeeper to be ready"


def policy_awaited(policies: Policies, now: float) -> str:
    """Which policy does not act yet; now: seconds since the epoch."""
    for item in policies.native:
        if 0 <= now - _changed(item) < SETTLED or _unchecked(item):
            return f"{item['kind']} {item['metadata']['name']} to act"
    for item in (*policies.templates, *policies.constraints):
        if policies.pods and not _seen(item, policies.pods):
            return f"Gatekeeper to take up {item['kind']} {item['metadata']['name']}"
    return ""


def read_policies(api: Api) -> Policies:
    """Ask for everything; what is not served is not there."""
    native = [item for plural in NATIVE for item in _items(api, f"{ADMISSION}/{plural}")]
    answer = api.request("GET", CONTROLLER)
    if answer.status != 200:
        return Policies(tuple(native))
    pods = frozenset(item["metadata"]["name"] for item in _items(api, PODS) if _is_ready(item))
    return Policies(tuple(native), answer.body, pods, tuple(_items(api, TEMPLATES)), tuple(_constraints(api)))


def acting_names(api: Api) -> frozenset[str]:
    """What there is to speak, as denials name it: CONSTRAINT, POLICY/BINDING."""
    policies, bindings = (list(_items(api, f"{ADMISSION}/{plural}")) for plural in NATIVE)
    there = {_name(policy) for policy in policies}
    bound = {f"{one['spec']['policyName']}/{_name(one)}" for one in bindings if one["spec"]["policyName"] in there}
    return frozenset(bound | {_name(constraint) for constraint in _constraints(api)})


def _name(item: Item) -> str:
    return str(item["metadata"]["name"])


def _constraints(api: Api) -> Iterator[Item]:
    kinds = api.request("GET", CONSTRAINTS)
    plurals = [one["name"] for one in kinds.body["resources"]] if kinds.status == 200 else []
    for plural in plurals:
        if "/" not in plural:
            yield from _items(api, f"{CONSTRAINTS}/{plural}")


def _items(api: Api, path: str) -> Iterator[Item]:
    answer = api.request("GET", path)
    if answer.status == 200:
        kind = answer.body["kind"].removesuffix("List")
        yield from ({"kind": kind, **item} for item in answer.body["items"])


def _is_ready(pod: Item) -> bool:
    conditions: Iterable[Item] = pod.get("status", {}).get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _changed(item: Item) -> float:
    """When the item's specification was last written, in seconds since the epoch."""
    fields = item["metadata"].get("managedFields", ())
    stamps = [one["time"] for one in fields if one.get("subresource") != "status" and "time" in one]
    return max(
        datetime.datetime.fromisoformat(stamp).timestamp()
        for stamp in (item["metadata"]["creationTimestamp"], *stamps)
    )


def _unchecked(item: Item) -> bool:
    """Whether a policy's expressions were not yet type-checked, of which its status would tell."""
    observed = item.get("status", {}).get("observedGeneration", 0)
    return bool(item["kind"] == "ValidatingAdmissionPolicy" and observed < item["metadata"]["generation"])


def _seen(item: Item, pods: frozenset[str]) -> bool:
    """Whether each of these pods has taken up, or refused, the item as it is.

    Gatekeeper writes `byPod: null` while no pod has.
    """
    seen = {
        one.get("id")
        for one in (item.get("status") or {}).get("byPod") or ()
        if one.get("observedGeneration", 0) >= item["metadata"]["generation"]
    }
    return pods <= seen
