"""Hints, one after another."""

from __future__ import annotations

from ckslab.errors import UsageError, nearest
from ckslab.lab.model import Lab
from ckslab.lab.results import Hint
from ckslab.scenario.model import Check, Scenario
from ckslab.store.attempt import Attempt


def next_hint(lab: Lab, check: str | None) -> Hint:
    """The next hint on a check, or on the first that the last grade found failing; the last hint is given again.

    UsageError for an unknown check, or one without hints.
    """
    with lab.hold("ckslab hint") as held:
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
    left = [check for check in scenario.checks if attempt.hints.get(check.id, 0) < len(check.hints)]
    return (left or [check for check in scenario.checks if check.hints] or list(scenario.checks))[0]
