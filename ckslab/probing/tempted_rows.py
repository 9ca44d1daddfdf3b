"""What must meet the policy, once more under names and labels, and in namespaces, that the policies speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ckslab.evidence import Evidence
from ckslab.needs.objects import ObjectNeed
from ckslab.needs.probe import NewNamespace, ProbeNeed
from ckslab.probing.gatekeeper import BINDINGS, POLICIES, TEMPLATES, constraints_of, spared_by_webhook
from ckslab.probing.policy_cell import MET, Want
from ckslab.probing.policy_ref import PolicyRef
from ckslab.probing.policy_row import KINDS, Carrier, Row
from ckslab.probing.temptations import Temptation, of_containers, of_namespaces, of_pods, tempted, tempted_namespace

CONFIGS = ObjectNeed("config.gatekeeper.sh/v1alpha1", "Config")

Item = Mapping[str, Any]
Tried = tuple[Want, Row, ProbeNeed]
"""What is wanted of a row, and the request for it."""


def policy_needs(by: PolicyRef) -> tuple[ObjectNeed, ...]:
    """The policies that may speak of names and labels, as far as their kinds are known beforehand."""
    return (TEMPLATES, CONFIGS) if by.gatekeeper is not None else (POLICIES, BINDINGS)


def tempted_rows(
    rows: Iterable[tuple[Want, Row]], carrier: Carrier | None, policies: Callable[[], Sequence[Item]]
) -> Iterator[Tried]:
    """The first plain row in a namespace that is there, and the first in a new one, for each temptation; and for
    those of containers the first init and the first ephemeral one.

    Only of a matrix that has a row in a new namespace, because it says where the policy holds, or has no plain row,
    because it is about these containers.
    """
    met = [(want, row) for want, row in rows if want in MET]
    of_kind = {kind: [one for one in met if one[1].container == kind] for kind in KINDS}
    new = [one for one in of_kind["plain"] if one[1].new_namespace is not None][:1]
    if not new and of_kind["plain"]:
        return
    found = policies()
    for kind, of_this_kind in of_kind.items():
        for want, row in [one for one in of_this_kind if one[1].new_namespace is None][:1]:
            for temptation in of_pods(found) if kind == "plain" else of_containers(found, kind):
                yield want, _as(row, temptation), tempted(row.need(carrier), temptation)
    for want, row in new:
        for temptation in of_namespaces(found):
            yield want, *_in_namespace(row, temptation)


def policies_of(by: PolicyRef, evidence: Evidence) -> list[Item]:
    """Those that the matrix is about, and what else says where they hold."""
    evidence.ask(policy_needs(by))
    if by.gatekeeper is not None:
        constraints = [one for one in constraints_of(evidence) if by.gatekeeper in ("", one["metadata"]["name"])]
        return [
            *evidence.of(TEMPLATES).items,
            *evidence.of(CONFIGS).items,
            *constraints,
            spared_by_webhook(evidence),
        ]
    name = by.validating_admission_policy
    policies = [one for one in evidence.of(POLICIES).items if name in ("", one["metadata"]["name"])]
    return [*policies, *(one for one in evidence.of(BINDINGS).items if name in ("", one["spec"]["policyName"]))]


def _as(row: Row, temptation: Temptation) -> Row:
    return row.model_copy(update={"reason": temptation.words().strip()})


def _in_namespace(row: Row, temptation: Temptation) -> tuple[Row, ProbeNeed]:
    need = row.need(None)
    assert isinstance(need.namespace, NewNamespace)
    new = tempted_namespace(need.namespace, temptation)
    return row.model_copy(update={"new_namespace": dict(new.labels)}), replace(need, namespace=new)
