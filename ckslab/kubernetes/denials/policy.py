"""Whose denial or warning it was: which Gatekeeper constraint or ValidatingAdmissionPolicy, in which words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import model_validator

from ckslab.evidence import Params
from ckslab.kubernetes.denials.denial import Denial, classify
from ckslab.needs.probe import ProbeFact

GATEKEEPER = "validation.gatekeeper.sh"
GENERATED = "gatekeeper-"
"""Gatekeeper 3.23.1 names what it makes from a CEL template gatekeeper-KIND, and the binding
gatekeeper-KIND-CONSTRAINT, the kind in lower case (pkg/drivers/k8scel/transform)."""

_CONSTRAINT = re.compile(r"^\[([^\]\s]+)\] ?(.*?)(?=^\[[^\]\s]+\] |\Z)", re.MULTILINE | re.DOTALL)
_BINDING = re.compile(
    r"ValidatingAdmissionPolicy '([^']*)' with binding '([^']*)'(?: denied request)?: ?(.*)", re.DOTALL
)
_FAULT = re.compile(r"expression '.*' resulted in error: |failed to configure (policy|binding): ", re.DOTALL)


class By(Params):
    """Who must say no. gatekeeper: the constraint's name; validating-admission-policy: the policy's name;
    "" for any of them.
    """

    gatekeeper: str | None = None
    validating_admission_policy: str | None = None

    @model_validator(mode="after")
    def _one(self) -> By:
        if (self.gatekeeper is None) == (self.validating_admission_policy is None):
            raise ValueError("name one: gatekeeper or validating-admission-policy")
        return self

    def words(self) -> str:
        """Who, in words."""
        if self.gatekeeper is not None:
            return f"the constraint {self.gatekeeper}" if self.gatekeeper else "Gatekeeper"
        name = self.validating_admission_policy
        return f"the ValidatingAdmissionPolicy {name}" if name else "a ValidatingAdmissionPolicy"


@dataclass(frozen=True, slots=True)
class Said:
    """What one policy said: a constraint or policy by its name, and its own message."""

    name: str
    message: str

    @property
    def fault(self) -> bool:
        """Whether it is no verdict: the policy could not be evaluated, and so the request was refused.

        k8s.io/apiserver v0.35.4: admission/plugin/cel/activation.go, policy/validating/dispatcher.go.
        """
        return bool(_FAULT.match(self.message))


def denied_by(by: By, denial: Denial, text: str) -> list[Said]:
    """What the policies that `by` means said in this denial; none of them: it was somebody else's."""
    if denial.kind != "denied":
        return []
    if by.gatekeeper is not None and denial.by == "admission-webhook" and denial.name == GATEKEEPER:
        return [said for said in constraints(denial.reason) if by.gatekeeper in ("", said.name)]
    if denial.by == "validating-admission-policy":
        return _of_policy(by, text)
    return []


def warned_by(by: By, warnings: tuple[str, ...]) -> list[Said]:
    """What these policies said in Warning headers (`299 - "TEXT"`)."""
    found = []
    for header in warnings:
        text = header.split('"', 1)[1].rstrip('"') if '"' in header else header
        found += _of_policy(by, text)
        if by.gatekeeper is not None:
            found += [said for said in constraints(text) if by.gatekeeper in ("", said.name)]
    return found


def policies_named(fact: ProbeFact) -> frozenset[str]:
    """Whose a denial or its warnings are: CONSTRAINT or POLICY/BINDING; none where no policy spoke."""
    texts = (fact.message, *fact.warnings)
    names = {f"{found[1]}/{found[2]}" for text in texts for found in _BINDING.finditer(text)}
    denial = classify(fact)
    if denial is not None and denial.name == GATEKEEPER and denial.kind == "denied":
        names |= {said.name for said in constraints(denial.reason)}
    return frozenset(names)


def constraints(text: str) -> list[Said]:
    """`[CONSTRAINT] MESSAGE`, one for each violation (Gatekeeper 3.8 and later)."""
    return [Said(found[1], found[2].strip()) for found in _CONSTRAINT.finditer(text)]


def _of_policy(by: By, text: str) -> list[Said]:
    found = _BINDING.search(text)
    if found is None:
        return []
    policy, binding, message = found[1], found[2], found[3].strip()
    if by.gatekeeper is None:
        wanted = by.validating_admission_policy
        return [Said(policy, message)] if wanted in ("", policy) else []
    if not (policy.startswith(GENERATED) and binding.startswith(f"{policy}-")):
        return []
    name = binding.removeprefix(f"{policy}-")
    return [Said(name, message)] if by.gatekeeper in ("", name) else []
