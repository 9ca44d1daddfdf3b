"""Grading: one scenario's checks against whatever a collector can find out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ckslab.diagnosis.api_down import judged
from ckslab.errors import CkslabError
from ckslab.evidence import (
    CheckType,
    Collect,
    Evidence,
    Fact,
    Finding,
    Need,
    NotCollected,
    Unavailable,
    fault,
    undecided,
)
from ckslab.grading.result import ScenarioResult, resolve_prerequisites
from ckslab.grading.rounds import TooManyRounds, collect_until, too_deep
from ckslab.scenario.model import Check, Scenario
from ckslab.scenario.placeholders import NONCE

Table = Mapping[str, CheckType[Any]]

NO_NONCE = "files alone do not tell the lab's own nonce; an archive by ckslab hand-in does"

NO_DRAW = "files alone do not tell what the lab has drawn; an archive by ckslab hand-in does"

OTHER_DRAW = "the lab was made of another version of the scenario, so what it has drawn is not known"

NO_CLUSTER = Unavailable("only a running cluster can tell, and files alone are graded", not_applicable=True)


def grade(
    scenario: Scenario,
    check_types: Table,
    collect: Collect,
    *,
    files_only: bool = False,
    glances: Collection[type[Need]] = (),
) -> ScenarioResult:
    """Judge all checks of `scenario`.

    `collect` is called once with the joined needs of all checks, and again (a bounded number of times)
    with what judging found missing. files_only: checks that need a running cluster are left out of score
    and maximum, and `collect` is never asked for what only a cluster can tell, but for needs of the types of
    `glances`; so are checks that read what `collect` says is not applicable. A check that waits for what only a
    lab can fill in is unknown. Raises nothing that a check type or `collect` does wrong: such checks are unknown
    (CKSLAB_DEBUG=1 raises it).
    """
    judging = _Judging(check_types)
    left_out = set()
    for check in scenario.checks:
        if files_only and judging.is_live(check):
            left_out.add(check.id)
        else:
            judging.begin(check, _untold(scenario, check))
    try:
        _, evidence = collect_until(
            judging, _asking(collect, files_only=files_only, glances=glances), judging.needs
        )
    except TooManyRounds as endless:
        judging.give_up()
        evidence = endless.evidence
    findings = judging.findings
    left_out |= {name for name, finding in findings.items() if finding.not_applicable}
    return ScenarioResult(
        resolve_prerequisites([check for check in scenario.checks if check.id not in left_out], findings),
        tuple(check.id for check in scenario.checks if check.id in left_out),
        evidence,
    )


class _Judging:
    """Judges checks side by side, each until it has what it reads; what a type does wrong is its check's alone.

    findings: by check. needs: what those that are still open certainly read.
    """

    def __init__(self, types: Table) -> None:
        self._types = types
        self._missing: dict[str, Sequence[Need]] = {}
        self._open: list[Check] = []
        self.findings: dict[str, Finding] = {}
        self.needs: set[Need] = set()

    def is_live(self, check: Check) -> bool:
        """Whether only a cluster can decide the check."""
        try:
            return self._types[check.type].live(check.params)
        except Exception as error:
            self.findings[check.id] = _faulty(check, error)
            return False

    def begin(self, check: Check, untold: str) -> None:
        """Judge this one, too; untold: why it cannot be, "" where it can."""
        if untold:
            self.findings[check.id] = undecided(untold)
        if check.id in self.findings:
            return
        try:
            self.needs.update(self._types[check.type].needs(check.params))
            self._open.append(check)
        except Exception as error:
            self.findings[check.id] = _faulty(check, error)

    def __call__(self, evidence: Evidence) -> None:
        """Judge what is open; NotCollected for all that is missing."""
        self._missing = {}
        for check in self._open:
            try:
                self.findings[check.id] = judged(self._types[check.type], check.params, evidence)
            except NotCollected as asked:
                self._missing[check.id] = asked.missing
            except Exception as error:
                self.findings[check.id] = _faulty(check, error)
        self._open = [check for check in self._open if check.id in self._missing]
        if self._missing:
            raise NotCollected(*(need for needs in self._missing.values() for need in needs))

    def give_up(self) -> None:
        """What is still open stays undecided."""
        self.findings |= {name: undecided(too_deep(needs[0])) for name, needs in self._missing.items()}


def _untold(scenario: Scenario, check: Check) -> str:
    """Why nobody has filled in a placeholder of the check; "" where there is none left."""
    if not check.waits_for:
        return ""
    if scenario.nonce is not None:
        return OTHER_DRAW
    return NO_NONCE if NONCE in check.waits_for else NO_DRAW


def _faulty(check: Check, error: Exception) -> Finding:
    """A check type's bug must not take the other checks' points, nor end the grading."""
    return undecided(fault(f"check type {check.type}", error))


def _asking(collect: Collect, *, files_only: bool, glances: Collection[type[Need]]) -> Collect:
    """`collect` made safe: errors and gaps become Unavailable; live needs too where only files count."""

    def gather(needs: frozenset[Need]) -> dict[Need, Fact]:
        asked = frozenset(need for need in needs if not files_only or not need.live or type(need) in glances)
        facts: dict[Need, Fact] = dict.fromkeys(needs - asked, NO_CLUSTER)
        found = _collected(collect, asked) if asked else {}
        return facts | {need: found.get(need) or _gap(need) for need in asked}

    return gather


def _collected(collect: Collect, asked: frozenset[Need]) -> Mapping[Need, Fact]:
    try:
        return collect(asked)
    except CkslabError as error:
        return dict.fromkeys(asked, Unavailable(error.message))
    except Exception as error:  # a collector's bug leaves points undecided, never lost
        return dict.fromkeys(asked, Unavailable(fault("collecting", error)))


def _gap(need: Need) -> Unavailable:
    return Unavailable(f"a fault of ckslab: nothing was collected for {type(need).__name__}")
