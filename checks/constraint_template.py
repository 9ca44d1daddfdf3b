"""`constraint-template`: a Gatekeeper template that works: accepted, taken up, its constraint kind served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.matching.value_path import select
from ckslab.needs.objects import ObjectNeed, ObjectsFact
from ckslab.probing.gatekeeper import CONSTRAINTS, TEMPLATES, errors
from ckslab.probing.rego import rego_advice


class ConstraintTemplateParams(Params):
    """kind: of the constraints that the template makes; the template's name is the kind in lower case."""

    kind: str


class ConstraintTemplate(CheckType[ConstraintTemplateParams]):
    """A template in whose status Gatekeeper says that it works."""

    name = "constraint-template"
    params = ConstraintTemplateParams

    def needs(self, params: ConstraintTemplateParams) -> Iterable[Need]:
        """All templates (one of another name may be meant), and the constraints of the kind."""
        return [TEMPLATES, ObjectNeed(CONSTRAINTS, params.kind)]

    def expected(self, params: ConstraintTemplateParams) -> str:
        """The template in words."""
        name = params.kind.lower()
        return f"a ConstraintTemplate {name} that makes constraints of the kind {params.kind}, without errors"

    def judge(self, params: ConstraintTemplateParams, evidence: Evidence) -> Finding:
        """The first thing that is wrong, in the words of the API server or of Gatekeeper."""
        name = params.kind.lower()
        expected = self.expected(params)
        templates = evidence.of(TEMPLATES)
        served = evidence.of(ObjectNeed(CONSTRAINTS, params.kind)).served
        found = next((item for item in templates.items if item["metadata"]["name"] == name), None)
        if found is None:
            return failed(expected, _missing(templates, params.kind))
        if (kind := _kind(found)) != params.kind:
            return failed(expected, f"it makes constraints of the kind {kind}")
        for error in errors(found):
            return failed(
                expected, f"Gatekeeper does not take it: {error}", message=_advice(error, found), log=error
            )
        if not (found.get("status") or {}).get("created"):
            return failed(expected, "it is there, and Gatekeeper has not taken it up (status.created is not true)")
        if not served:
            return failed(expected, f"the API server serves no constraints of the kind {params.kind}")
        return passed()


def _missing(templates: ObjectsFact, kind: str) -> str:
    if not templates.served:
        return "the API server knows no ConstraintTemplates: Gatekeeper is not installed"
    for item in templates.items:
        if _kind(item).lower() == kind.lower():
            return f"a template that makes {_kind(item)} is there under the name {item['metadata']['name']}"
    others = few(item["metadata"]["name"] for item in templates.items)
    return f"there is no ConstraintTemplate {kind.lower()}" + (f", there is {others}" if others else "")


def _kind(item: Mapping[str, Any]) -> str:
    value = select(dict(item), "spec.crd.spec.names.kind")[0][1]
    return value if isinstance(value, str) else ""


def _advice(error: str, template: Mapping[str, Any]) -> str:
    if advice := rego_advice(error, template):
        return advice
    if "ingest_error" in error or "rego_parse_error" in error or "rego_compile_error" in error:
        return "kubectl get constrainttemplate -o yaml shows it below status.byPod, with the line of the Rego."
    return ""
