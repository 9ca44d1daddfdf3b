"""`constraint`: a Gatekeeper constraint as it is set: what it matches, and how strictly it acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.kubernetes.yaml.objects import title
from ckslab.matching.matcher import shown
from ckslab.needs.objects import ObjectNeed
from ckslab.probing.gatekeeper import CONSTRAINTS, errors


class ConstraintParams(Params):
    """kind; name: of this constraint, else any of the kind will do. action: how strictly it acts on a request.

    matches: a kind of the core group (Pod) that it must match.
    """

    kind: str
    name: str | None = None
    action: Literal["deny", "warn", "dryrun"] = "deny"
    matches: str | None = None


class Constraint(CheckType[ConstraintParams]):
    """A constraint that acts as strictly, and on such objects, as is asked."""

    name = "constraint"
    params = ConstraintParams

    def needs(self, params: ConstraintParams) -> Iterable[Need]:
        """The constraints of the kind."""
        return [ObjectNeed(CONSTRAINTS, params.kind)]

    def expected(self, params: ConstraintParams) -> str:
        """The constraint in words."""
        matches = f" that matches {params.matches}s and" if params.matches else " that"
        verb = {"deny": "denies", "warn": "warns", "dryrun": "only records"}[params.action]
        return f"a {params.kind} {params.name or ''}".rstrip() + f"{matches} {verb}"

    def judge(self, params: ConstraintParams, evidence: Evidence) -> Finding:
        """One constraint that is right is enough, where no name is asked for."""
        expected = self.expected(params)
        fact = evidence.of(ObjectNeed(CONSTRAINTS, params.kind))
        if not fact.served:
            return failed(expected, f"the API server serves no {params.kind}: no template has made this kind")
        chosen = [item for item in fact.items if params.name in (None, item["metadata"]["name"])]
        if not chosen:
            others = few(title(item) for item in fact.items)
            return failed(expected, "there is none" + (f" of that name, there is {others}" if others else ""))
        wrong = [_wrong(item, params) for item in chosen]
        return passed() if "" in wrong else failed(expected, f"{title(chosen[0])}: {wrong[0]}")


def _wrong(item: Mapping[str, Any], params: ConstraintParams) -> str:
    spec = item.get("spec") if isinstance(item.get("spec"), Mapping) else {}
    assert isinstance(spec, Mapping)
    if error := next(errors(item), ""):
        return f"Gatekeeper does not take it: {error}"
    seen = actions(spec)
    if params.action not in seen:
        return f"its enforcementAction is {shown(', '.join(seen) or 'scoped to nothing')}"
    return unmatched(spec.get("match"), params.matches) if params.matches else ""


def actions(spec: Mapping[str, Any]) -> list[str]:
    """How a constraint acts on requests: enforcementAction (deny by default), or the scoped ones of the webhook."""
    action = spec.get("enforcementAction") or "deny"
    if action != "scoped":
        return [str(action)]
    found = []
    for one in spec.get("scopedEnforcementActions") or ():
        points = {point.get("name") for point in one.get("enforcementPoints") or ()}
        if points & {"*", "validation.gatekeeper.sh", "vap.k8s.io"}:
            found.append(str(one.get("action")))
    return found


def unmatched(match: Any, kind: str) -> str:
    """Why spec.match leaves out a kind of the core group; "" if it does not. No `kinds` match all."""
    kinds = match.get("kinds") if isinstance(match, Mapping) else None
    if not kinds:
        return ""
    for entry in kinds:
        groups, names = entry.get("apiGroups") or ["*"], entry.get("kinds") or ["*"]
        if {"", "*"} & set(groups) and {kind, "*"} & set(names):
            return ""
    seen = "; ".join(
        f"kinds {_listed(entry.get('kinds'))} of the API groups {_listed(entry.get('apiGroups'))}"
        for entry in kinds
    )
    return f'it matches {seen}; {kind} is of the core group, which is written ""'


def _listed(values: Any) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values or ["*"]) + "]"
