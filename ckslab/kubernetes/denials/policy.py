"""Which Gatekeeper constraints and ValidatingAdmissionPolicies a denial or warning names, in which words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ckslab.kubernetes.denials.denial import Answer, classify

GATEKEEPER = "validation.gatekeeper.sh"
"""The name of Gatekeeper's validating webhook."""
GENERATED = "gatekeeper-"
"""Gatekeeper 3.23.1 names what it makes from a CEL template gatekeeper-KIND, and the binding
gatekeeper-KIND-CONSTRAINT, the kind in lower case (pkg/drivers/k8scel/transform)."""

_CONSTRAINT = re.compile(r"^\[([^\]\s]+)\] ?(.*?)(?=^\[[^\]\s]+\] |\Z)", re.MULTILINE | re.DOTALL)
_BINDING = re.compile(
    r"ValidatingAdmissionPolicy '([^']*)' with binding '([^']*)'(?: denied request)?: ?(.*)", re.DOTALL
)
_FAULT = re.compile(r"expression '.*' resulted in error: |failed to configure (policy|binding): ", re.DOTALL)


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


@dataclass(frozen=True, slots=True)
class NativeDenial:
    """What a ValidatingAdmissionPolicy said, whether as a denial or as a warning."""

    policy: str
    binding: str
    message: str

    @property
    def constraint(self) -> str | None:
        """The Gatekeeper constraint from which policy and binding were made, None for the cluster's own."""
        if not (self.policy.startswith(GENERATED) and self.binding.startswith(f"{self.policy}-")):
            return None
        return self.binding.removeprefix(f"{self.policy}-")


def native_denial(text: str) -> NativeDenial | None:
    """The first ValidatingAdmissionPolicy that speaks in a text."""
    found = _BINDING.search(text)
    return NativeDenial(found[1], found[2], found[3].strip()) if found else None


def constraints(text: str) -> list[Said]:
    """`[CONSTRAINT] MESSAGE`, one for each violation (Gatekeeper 3.8 and later)."""
    return [Said(found[1], found[2].strip()) for found in _CONSTRAINT.finditer(text)]


def policies_named(answer: Answer) -> frozenset[str]:
    """Whose a denial or its warnings are: CONSTRAINT or POLICY/BINDING; none where no policy spoke."""
    texts = (answer.message, *answer.warnings)
    names = {f"{found[1]}/{found[2]}" for text in texts for found in _BINDING.finditer(text)}
    denial = classify(answer)
    if denial is not None and denial.name == GATEKEEPER and denial.kind == "denied":
        names |= {said.name for said in constraints(denial.reason)}
    return frozenset(names)
