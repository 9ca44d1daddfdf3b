"""Which policy must say no or warn, as a check's parameters name it, and what it said."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import model_validator

from ckslab.evidence import Params
from ckslab.kubernetes.denials.denial import Denial
from ckslab.kubernetes.denials.policy import GATEKEEPER, NativeDenial, Said, constraints, native_denial

Generated = Callable[[NativeDenial], bool]
"""Whether Gatekeeper has made the ValidatingAdmissionPolicy that spoke, from the template of a constraint."""


class PolicyRef(Params):
    """Who must say no. gatekeeper: the constraint's name; validating-admission-policy: the policy's name;
    "" for any of them.
    """

    gatekeeper: str | None = None
    validating_admission_policy: str | None = None

    @model_validator(mode="after")
    def _one(self) -> PolicyRef:
        if (self.gatekeeper is None) == (self.validating_admission_policy is None):
            raise ValueError("name one: gatekeeper or validating-admission-policy")
        return self

    def words(self) -> str:
        """Who, in words."""
        if self.gatekeeper is not None:
            return f"the constraint {self.gatekeeper}" if self.gatekeeper else "Gatekeeper"
        name = self.validating_admission_policy
        return f"the ValidatingAdmissionPolicy {name}" if name else "a ValidatingAdmissionPolicy"


def denied_by(by: PolicyRef, denial: Denial, text: str, generated: Generated) -> list[Said]:
    """What the policies that `by` means said in this denial; none of them: it was somebody else's."""
    if denial.kind != "denied":
        return []
    if by.gatekeeper is not None and denial.by == "admission-webhook" and denial.name == GATEKEEPER:
        return [said for said in constraints(denial.reason) if by.gatekeeper in ("", said.name)]
    if denial.by == "validating-admission-policy":
        return _of_native(by, native_denial(text), generated)
    return []


def warned_by(by: PolicyRef, warnings: tuple[str, ...], generated: Generated) -> list[Said]:
    """What these policies said in Warning headers (`299 - "TEXT"`)."""
    found = []
    for header in warnings:
        text = header.split('"', 1)[1].rstrip('"') if '"' in header else header
        found += _of_native(by, native_denial(text), generated)
        if by.gatekeeper is not None:
            found += [said for said in constraints(text) if by.gatekeeper in ("", said.name)]
    return found


def _of_native(by: PolicyRef, spoken: NativeDenial | None, generated: Generated) -> list[Said]:
    if spoken is None:
        return []
    if by.gatekeeper is None:
        wanted = by.validating_admission_policy
        return [Said(spoken.policy, spoken.message)] if wanted in ("", spoken.policy) else []
    if spoken.constraint is None or by.gatekeeper not in ("", spoken.constraint):
        return []
    return [Said(spoken.constraint, spoken.message)] if generated(spoken) else []
