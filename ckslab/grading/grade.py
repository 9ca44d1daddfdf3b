"""Grading: one scenario's checks against whatever a collector can find out."""

from __future__ import annotations

from ckslab.evidence import Finding, fault, undecided
from ckslab.grading.gather import Collect, gatherer
from ckslab.grading.graded import Graded
from ckslab.grading.order import settle
from ckslab.grading.rounds import Table, judge_in_rounds
from ckslab.scenario.model import Check, Scenario

__all__ = ["Collect", "grade"]

NO_NONCE = "it asks for the lab's own nonce: only a lab knows"


def grade(scenario: Scenario, check_types: Table, collect: Collect, *, files_only: bool = False) -> Graded:
    """Judge all checks of `scenario`.

    `collect` is called once with the joined needs of all checks, and again (a bounded number of times)
    with what judging found missing. files_only: checks that need a running cluster are left out of score
    and maximum, and `collect` is never asked for what only a cluster can tell; so are checks that read what
    `collect` says is beyond this kind of grading. A check that waits for the lab's nonce is unknown. Raises
    nothing that a check type or `collect` does wrong: such checks are unknown (CKSLAB_DEBUG=1 raises it).
    """
    broken: dict[str, Finding] = {}
    graded: list[Check] = []
    left_out: list[Check] = []
    for check in scenario.checks:
        try:
            out = files_only and check_types[check.type].live(check.params)
            if check.waits_for_nonce and not out:
                broken[check.id] = undecided(NO_NONCE)
        except Exception as error:  # see `judge_in_rounds`
            broken[check.id] = undecided(fault(f"check type {check.type}", error))
            out = False
        (left_out if out else graded).append(check)
    findings, evidence = judge_in_rounds(
        _except(graded, broken), check_types, gatherer(collect, files_only=files_only)
    )
    findings |= broken
    beyond = {check.id for check in graded if findings[check.id].not_applicable} | {check.id for check in left_out}
    return Graded(
        settle([check for check in graded if check.id not in beyond], findings),
        tuple(check.id for check in scenario.checks if check.id in beyond),
        evidence,
    )


def _except(checks: list[Check], broken: dict[str, Finding]) -> list[Check]:
    return [check for check in checks if check.id not in broken]
