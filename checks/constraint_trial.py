"""`constraint-trial`: a template's parameters are what decides, tried with parameters of our own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import Field

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed, undecided
from ckslab.matching.matcher import shown
from ckslab.needs.constraint_trial import ConstraintTrialNeed
from ckslab.probing import gatekeeper


class ConstraintTrialParams(Params):
    """A constraint of this kind with these parameters refuses Pods of `refused`, and lets those of `admitted` in.

    refused: images that the learner's own constraint admits; admitted: images that it refuses.
    """

    kind: str
    parameters: dict[str, Any] = Field(min_length=1)
    refused: tuple[str, ...] = Field(min_length=1)
    admitted: tuple[str, ...] = Field(min_length=1)

    @property
    def need(self) -> ConstraintTrialNeed:
        """The trial."""
        parameters = json.dumps(self.parameters, sort_keys=True, separators=(",", ":"))
        return ConstraintTrialNeed(self.kind, parameters, (*self.refused, *self.admitted))


class ConstraintTrial(CheckType[ConstraintTrialParams]):
    """What is written into a rule stays whatever a constraint says: then other parameters change nothing."""

    name = "constraint-trial"
    params = ConstraintTrialParams

    def needs(self, params: ConstraintTrialParams) -> Iterable[Need]:
        """The trial, and whether Gatekeeper runs at all."""
        return [*gatekeeper.NEEDS, params.need]

    def expected(self, params: ConstraintTrialParams) -> str:
        """The statement in words."""
        return f"a {params.kind} with the parameters {shown(params.parameters)} acts by them"

    def judge(self, params: ConstraintTrialParams, evidence: Evidence) -> Finding:
        """The first image of which it says the wrong thing."""
        expected = self.expected(params)
        evidence.ask(self.needs(params))
        if gone := gatekeeper.undone(evidence):
            return failed(expected, gone)
        if idle := gatekeeper.not_running(evidence):
            return undecided(idle)
        fact = evidence.of(params.need)
        if fact.problem:
            return failed(expected, fact.problem)
        verdicts = dict(zip(params.need.images, fact.refused, strict=True))
        wrong = [image for image in params.refused if not verdicts[image]]
        if wrong:
            return failed(expected, f"it lets a pod of {wrong[0]} in", message=READ)
        wrong = [image for image in params.admitted if verdicts[image]]
        return failed(expected, f"it refuses a pod of {wrong[0]}", message=READ) if wrong else passed()


READ = "What the rule compares with is not what the constraint's parameters say."
