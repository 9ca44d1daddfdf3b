"""Whether Gatekeeper's policies act: a template's or constraint's status says which pods have taken it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ckslab.add_ons.gatekeeper.manifest import NAMESPACE
from ckslab.cluster.api import Api, resources_of
from ckslab.control_plane.listed import Item, item_of, listed, name_of
from ckslab.control_plane.policies import Awaited

READY_SECONDS = 60.0
"""How long Gatekeeper may take to be back, where it is installed and not scaled down."""

TAKE_UP_SECONDS = 30.0
"""How long it may take to take up a template with its constraint: 1 to 5 is usual."""

TEMPLATES = "/apis/templates.gatekeeper.sh/v1/constrainttemplates"
CONSTRAINTS = "/apis/constraints.gatekeeper.sh/v1beta1"
CONTROLLER = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/gatekeeper-controller-manager"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=gatekeeper.sh/operation%3Dwebhook"

NO_TEMPLATE_YET = "missing ConstraintTemplate"
"""Gatekeeper (3.23.1) refuses so a constraint whose kind is served while its webhook has not read the template."""


@dataclass(frozen=True, slots=True)
class Policies:
    """All of Gatekeeper's policies, and the pods that must have seen them.

    controller: Gatekeeper's Deployment, None where it is not installed.
    """

    controller: Item | None = None
    pods: frozenset[str] = frozenset()
    templates: tuple[Item, ...] = ()
    constraints: tuple[Item, ...] = ()


def awaited(api: Api) -> Awaited | None:
    """What is awaited of it now."""
    policies = read_policies(api)
    if itself := gatekeeper_awaited(policies):
        return Awaited(itself, READY_SECONDS)
    if policy := policy_awaited(policies):
        return Awaited(policy, TAKE_UP_SECONDS)
    return None


def read_policies(api: Api) -> Policies:
    """Ask for everything; what is not served is not there."""
    answer = api.request("GET", CONTROLLER)
    controller = item_of(answer.body) if answer.status == 200 else None
    if controller is None:
        return Policies()
    pods = frozenset(name_of(item) for item in listed(api, PODS) if _is_ready(item))
    return Policies(controller, pods, tuple(listed(api, TEMPLATES)), tuple(_constraints(api)))


def gatekeeper_awaited(policies: Policies) -> str:
    """What is awaited of Gatekeeper itself: to serve its webhook, unless somebody scaled it down."""
    controller = policies.controller
    if controller is None or controller["spec"].get("replicas", 1) == 0:
        return ""
    return "" if (controller.get("status") or {}).get("availableReplicas") else "Gatekeeper to be ready"


def policy_awaited(policies: Policies) -> str:
    """Which template or constraint is not taken up yet."""
    for item in (*policies.templates, *policies.constraints):
        if policies.pods and not _seen(item, policies.pods):
            return f"Gatekeeper to take up {item['kind']} {name_of(item)}"
    return ""


def constraint_names(api: Api) -> frozenset[str]:
    """Of all constraints, as denials name them."""
    return frozenset(name_of(constraint) for constraint in _constraints(api))


def _constraints(api: Api) -> Iterator[Item]:
    for resource in resources_of(api.request("GET", CONSTRAINTS)) or ():
        yield from listed(api, f"{CONSTRAINTS}/{resource.name}")


def _is_ready(pod: Item) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


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
