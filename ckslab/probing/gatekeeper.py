"""What the API server knows of Gatekeeper: whether it works, and what it says of templates and constraints.

Where it does not work itself, no verdict on a policy would be about the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ckslab.evidence import Evidence
from ckslab.kubernetes.denials.policy import GATEKEEPER, NativeDenial
from ckslab.matching.value_path import select
from ckslab.needs.objects import ObjectNeed
from ckslab.probing.generated_policy import generated

NAMESPACE = "gatekeeper-system"
CONTROLLER = ObjectNeed("apps/v1", "Deployment", NAMESPACE, "gatekeeper-controller-manager")
WEBHOOKS = ObjectNeed(
    "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration",
    None,
    "gatekeeper-validating-webhook-configuration",
)
EVERY_WEBHOOK = ObjectNeed(WEBHOOKS.api_version, WEBHOOKS.kind)
NEEDS = (CONTROLLER, WEBHOOKS, EVERY_WEBHOOK)
SERVICE = "gatekeeper-webhook-service"
POLICIES = ObjectNeed("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy")
BINDINGS = ObjectNeed("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding")
TEMPLATES = ObjectNeed("templates.gatekeeper.sh/v1", "ConstraintTemplate")
CONSTRAINTS = "constraints.gatekeeper.sh/v1beta1"
_SELECTORS = ("namespaceSelector", "objectSelector", "matchConditions")


def undone(evidence: Evidence) -> str:
    """What somebody took away, so that Gatekeeper is asked nothing; "" if all is there."""
    controllers, configurations = evidence.of(CONTROLLER).items, evidence.of(WEBHOOKS).items
    if not controllers:
        return "Gatekeeper's controller is not installed: there is no Deployment gatekeeper-controller-manager"
    if _at(controllers[0], "spec").get("replicas", 1) == 0:
        return "Gatekeeper's controller is scaled down to 0"
    if not configurations:
        return "Gatekeeper's ValidatingWebhookConfiguration is gone: the API server asks nobody"
    if webhook(configurations[0]) is None:
        return f"Gatekeeper's webhook configuration has no webhook {GATEKEEPER}"
    return _impostor(evidence.of(EVERY_WEBHOOK).items)


def _impostor(configurations: Iterable[Mapping[str, Any]]) -> str:
    """Who speaks in the name of Gatekeeper's webhook and is another; "" if nobody does."""
    for one in configurations:
        hook = webhook(one)
        service = _at(_at(hook or {}, "clientConfig"), "service")
        if hook is not None and (service.get("namespace"), service.get("name")) != (NAMESPACE, SERVICE):
            name = one["metadata"]["name"]
            return f"the webhook {GATEKEEPER} of the configuration {name} does not lead to Gatekeeper's Service"
    return ""


def generated_by_gatekeeper(said: NativeDenial, evidence: Evidence) -> bool:
    """Whether the policy that spoke is the one that Gatekeeper makes of a constraint and its CEL template."""
    evidence.ask((POLICIES, BINDINGS, TEMPLATES))
    templates = evidence.of(TEMPLATES).items
    return generated(
        said, evidence.of(POLICIES).items, evidence.of(BINDINGS).items, templates, constraints_of(evidence)
    )


def constraints_of(evidence: Evidence) -> tuple[Mapping[str, Any], ...]:
    """The constraints of all templates."""
    found = (select(dict(item), "spec.crd.spec.names.kind")[0][1] for item in evidence.of(TEMPLATES).items)
    kinds = {kind for kind in found if isinstance(kind, str)}
    needs = [ObjectNeed(CONSTRAINTS, kind) for kind in sorted(kinds)]
    evidence.ask(needs)
    return tuple(item for need in needs for item in evidence.of(need).items)


def spared_by_webhook(evidence: Evidence) -> Mapping[str, Any]:
    """What the API server never asks Gatekeeper about: an object whose spec has the webhook's selectors."""
    hooks = (webhook(one) or {} for one in evidence.of(WEBHOOKS).items)
    return {"spec": {key: value for hook in hooks for key, value in hook.items() if key in _SELECTORS}}


def not_running(evidence: Evidence) -> str:
    """Why Gatekeeper cannot answer although all of it is there; "" if it can."""
    controllers = evidence.of(CONTROLLER).items
    if controllers and not _at(controllers[0], "status").get("availableReplicas"):
        return "Gatekeeper's controller does not run, its webhook fails open: kubectl -n gatekeeper-system get pods"
    return ""


def errors(item: Mapping[str, Any]) -> Iterator[str]:
    """What Gatekeeper's pods say is wrong with a template or a constraint, each once."""
    told: set[str] = set()
    for _, one in select(dict(item), "status.byPod[*].errors[*]"):
        if isinstance(one, Mapping):
            parts = (str(one.get(key, "")).strip() for key in ("code", "location", "message"))
            text = ": ".join(part for part in parts if part)
            if text not in told:
                told.add(text)
                yield text


def webhook(configuration: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The webhook that reviews objects."""
    webhooks: Iterable[Any] = configuration.get("webhooks") or ()
    return next((one for one in webhooks if isinstance(one, Mapping) and one.get("name") == GATEKEEPER), None)


def _at(item: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = item.get(key)
    return value if isinstance(value, Mapping) else {}
