"""Whether a ValidatingAdmissionPolicy is what Gatekeeper makes of a CEL template, or a hand-made one so called.

Gatekeeper 3.23.1 (pkg/drivers/k8scel/transform/make_vap_objects.go, pkg/controller/constrainttemplate,
pkg/controller/constraint): the policy is gatekeeper-TEMPLATE and is controlled by the template (a controller
reference); its validations are the template's, its match conditions have four of Gatekeeper's own; the binding is
gatekeeper-TEMPLATE-CONSTRAINT, is controlled by the constraint and takes it as its parameter. Gatekeeper writes
both anew when somebody edits them, and removes those that say they are its own and are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ckslab.kubernetes.denials.policy import NativeDenial
from ckslab.matching.value_path import select

Item = Mapping[str, Any]

ENGINE = "K8sNativeValidation"
MATCHERS = frozenset(
    f"gatekeeper_internal_match_{what}" for what in ("excluded_namespaces", "namespaces", "name", "kinds")
)
_FIELDS = ("expression", "message", "messageExpression")


def generated(
    said: NativeDenial,
    policies: Iterable[Item],
    bindings: Iterable[Item],
    templates: Iterable[Item],
    constraints: Iterable[Item],
) -> bool:
    """Whether Gatekeeper has made the policy and the binding that spoke, from what is there."""
    policy, binding = _named(policies, said.policy), _named(bindings, said.binding)
    template = _named(templates, said.policy.removeprefix("gatekeeper-"))
    if policy is None or binding is None or template is None:
        return False
    constraint = next((one for one in constraints if _controls(one, binding)), None)
    if constraint is None or not _controls(template, policy):
        return False
    own = [_validation(one) for one in _list(template, "spec.targets[*].code[*]") if one.get("engine") == ENGINE]
    spoken = [_plain(one) for one in _list(policy, "spec.validations[*]")]
    names = {str(one.get("name")) for one in _list(policy, "spec.matchConditions[*]")}
    reference = select(dict(binding), "spec.paramRef.name")[0][1]
    return (
        bool(own)
        and own[0] == spoken
        and names >= MATCHERS
        and reference == constraint["metadata"]["name"]
        and said.constraint == reference
    )


def _named(items: Iterable[Item], name: str) -> Item | None:
    return next((item for item in items if item["metadata"]["name"] == name), None)


def _controls(owner: Item, item: Item) -> bool:
    uid = owner["metadata"].get("uid")
    references = item["metadata"].get("ownerReferences") or ()
    return any(one.get("controller") is True and one.get("uid") == uid for one in references)


def _validation(code: Item) -> list[tuple[str, ...]]:
    return [_plain(one) for one in _list(code, "source.validations[*]")]


def _plain(validation: Item) -> tuple[str, ...]:
    return tuple(str(validation.get(field) or "") for field in _FIELDS)


def _list(item: Item, path: str) -> Iterator[Item]:
    for _, one in select(dict(item), path):
        if isinstance(one, Mapping):
            yield one
