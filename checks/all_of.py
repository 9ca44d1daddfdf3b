"""`all-of`: several statements that count as one check, all or nothing unless each part is to earn its points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationError, WithJsonSchema, model_validator

from ckslab.checks import CHECK_TYPES
from ckslab.diagnosis.api_down import judged
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, passed
from ckslab.strict import first_problem


class Part(Params):
    """One statement: a check type's name and its validated parameters."""

    type: str
    given: SerializeAsAny[Params]

    @property
    def check(self) -> CheckType[Any]:
        """The check type."""
        return CHECK_TYPES[self.type]


def _part(value: Any) -> Any:
    if isinstance(value, Part):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("each entry is one check type with its parameters, such as {file: {path: /x}}")
    name, given = next(iter(value.items()))
    if name not in CHECK_TYPES:
        raise ValueError(f"there is no check type {name!r}; there are {', '.join(CHECK_TYPES)}")
    try:
        return Part(type=name, given=CHECK_TYPES[name].params.model_validate(given))
    except ValidationError as error:
        raise ValueError(first_problem(error, name)) from None


_PART_SCHEMA = {"type": "object", "minProperties": 1, "maxProperties": 1}


class AllOfParams(Params):
    """checks: a list of {type: parameters}. at-least: how many must hold (all of them unless given). each-earns: a
    fail earns the parts that hold; only where no part that fails is a hole.
    """

    checks: tuple[Annotated[Part, BeforeValidator(_part), WithJsonSchema(_PART_SCHEMA)], ...] = Field(min_length=1)
    at_least: int | None = Field(None, ge=1)
    each_earns: bool = False

    @model_validator(mode="after")
    def _possible(self) -> AllOfParams:
        if self.at_least is not None and self.at_least > len(self.checks):
            raise ValueError("at-least is more than there are checks")
        return self


class AllOf(CheckType[AllOfParams]):
    """Passes when all parts pass (or at-least of them)."""

    name = "all-of"
    params = AllOfParams

    def needs(self, params: AllOfParams) -> Iterable[Need]:
        """What the parts need."""
        return [need for part in params.checks for need in part.check.needs(part.given)]

    def paths(self, params: AllOfParams) -> Iterable[str]:
        """The parts' paths."""
        return [path for part in params.checks for path in part.check.paths(part.given)]

    def live(self, params: AllOfParams) -> bool:
        """Whether a part needs a cluster."""
        return any(part.check.live(part.given) for part in params.checks)

    def judge(self, params: AllOfParams, evidence: Evidence) -> Finding:
        """The first part that fails; unknown if the parts that are known do not decide it, with what it earns."""
        findings = [judged(part.check, part.given, evidence) for part in params.checks]
        needed = params.at_least or len(findings)
        held = sum(finding.outcome == "pass" for finding in findings)
        if held >= needed:
            return passed()
        unknown = [finding for finding in findings if finding.outcome == "unknown"]
        if unknown and (params.each_earns or held + len(unknown) >= needed):
            # one that this kind of grading was never to find out leaves the whole ungraded
            return next((finding for finding in unknown if finding.not_applicable), unknown[0])
        first = next(finding for finding in findings if finding.outcome == "fail")
        earned = sum(each.share for each in findings) / needed if params.each_earns else 0.0
        return replace(first, share=min(1.0, earned))
