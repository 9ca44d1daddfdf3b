"""`object`: API objects and values in them."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, model_validator

from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.kubernetes.yaml.objects import labelled, title
from ckslab.matching.matcher import Matcher
from ckslab.matching.mismatch import mismatch
from ckslab.matching.value_path import ValuePath
from ckslab.needs.objects import ObjectNeed


class ObjectParams(Params):
    """Which objects: api-version, kind, namespace, name; labels narrows them by equality.

    quantifier: any, all (of at least one), none, or `exactly N` of them match. match: path -> matcher.
    """

    api_version: str
    kind: str
    namespace: str | None = None
    name: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    quantifier: str = Field("any", pattern=r"^(any|all|none|exactly \d{1,4})$")
    match: dict[ValuePath, Matcher] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> ObjectParams:
        if self.quantifier == "all" and not self.match:
            raise ValueError("all without match asserts nothing")
        return self


class Object(CheckType[ObjectParams]):
    """Quantified statements on objects as the API server gives them."""

    name = "object"
    params = ObjectParams

    def needs(self, params: ObjectParams) -> Iterable[Need]:
        """The objects."""
        return [_need(params)]

    def expected(self, params: ObjectParams) -> str:
        """The statement in words."""
        place = "/".join(part for part in (params.namespace, params.name) if part)
        what = f"{params.kind} {place}".strip()
        rules = "; ".join(f"{path}: {matcher.expectation()}" for path, matcher in params.match.items())
        number = {"any": "", "all": "every ", "none": "no "}.get(params.quantifier, params.quantifier + " ")
        return f"{number}{what}" + (f" with {rules}" if rules else "")

    def judge(self, params: ObjectParams, evidence: Evidence) -> Finding:
        """Counts the objects that match."""
        expected = self.expected(params)
        fact = evidence.of(_need(params))
        chosen = [item for item in fact.items if labelled(item, params.labels)]
        wrong = {index: mismatch(item, params.match) for index, item in enumerate(chosen)}
        right = [chosen[index] for index, why in wrong.items() if not why]
        leaving = [item for item in right if item["metadata"].get("deletionTimestamp")]
        if _holds(params.quantifier, len(right), len(right) - len(leaving), len(chosen)):
            return passed()
        if leaving and _holds(params.quantifier, len(right), len(right), len(chosen)):
            return failed(expected, f"{title(leaving[0])}: it is being deleted")
        if params.quantifier == "none" or (params.quantifier.startswith("exactly") and right):
            return failed(expected, f"{len(right)} do: " + few(map(title, right)) or "none")
        if not fact.served:
            return failed(expected, f"the API server serves no {params.kind} of {params.api_version}")
        if not chosen:
            return failed(expected, "there is no such object")
        first, said = next((index, why) for index, why in wrong.items() if why)
        return failed(expected, f"{title(chosen[first])}: {said.observed}")


def _need(params: ObjectParams) -> ObjectNeed:
    return ObjectNeed(params.api_version, params.kind, params.namespace, params.name)


def _holds(quantifier: str, right: int, staying: int, chosen: int) -> bool:
    """staying: how many of the right ones are not being deleted: those that are count where none may be there."""
    if quantifier == "any":
        return staying > 0
    if quantifier == "all":
        return staying > 0 and right == chosen
    return right == 0 if quantifier == "none" else right == staying == int(quantifier.split()[1])
