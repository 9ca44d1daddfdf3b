"""Hints, one after another."""

from __future__ import annotations

from ckslab.errors import UsageError, nearest
from ckslab.lab.model import Lab
from ckslab.lab.of_exam import refuse_in_exam
from ckslab.lab.results import Hint
from ckslab.scenario.model import Check, Scenario
from ckslab.store.attempt import Attempt


def next_hint(lab: Lab, check: str | None) -> Hint:
    """The next hint on a check, or on the first that failed in the last grade; its last hint is given again.

    UsageError for an unknown check, or one without hints, or where no check failed.
    """
    with lab.hold("ckslab hint") as held:
        refuse_in_exam(held, "hint")
        attempt = held.attempt
        wanted = _check(held.scenario, check) if check else _first(held.scenario, attempt)
        if not wanted.hints:
            raise UsageError(f"there is no hint on {wanted.id}")
        taken = attempt.hints.get(wanted.id, 0)
        number = min(taken, len(wanted.hints) - 1)
        if taken < len(wanted.hints):
            held.keep(attempt.hinted(wanted.id))
        return Hint(wanted.id, number + 1, len(wanted.hints), wanted.hints[number])


def _check(scenario: Scenario, name: str) -> Check:
    checks = {check.id: check for check in scenario.checks}
    if name not in checks:
        raise UsageError(f"{scenario.id} has no check {name!r}{nearest(name, checks)}", advice=" · ".join(checks))
    return checks[name]


def _first(scenario: Scenario, attempt: Attempt) -> Check:
    """The first with hints left, else the first, of those that failed in the last grade; before it, of all."""
    checks = list(scenario.checks)
    if attempt.last and attempt.last.checks:
        checks = [check for check in checks if check.id in attempt.last.failed]
        if not checks:
            raise UsageError("no check failed in the last grade", advice="ckslab grade · or name a check")
    left = [check for check in checks if attempt.hints.get(check.id, 0) < len(check.hints)]
    return (left or [check for check in checks if check.hints] or checks)[0]
