"""Hints, one after another, and the solution as a text."""

from __future__ import annotations

from ckslab.errors import UsageError, nearest
from ckslab.lab import catalogue
from ckslab.lab import initial_files as initial
from ckslab.lab.results import Hint
from ckslab.lab.solution_text import solution_text
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import answer_steps
from ckslab.scenario.faults import draw_faults
from ckslab.scenario.model import Check, Scenario
from ckslab.store.attempt import Attempt, read_attempt, write_attempt
from ckslab.store.labs import find_lab, lab_folder
from ckslab.store.lock import lab_lock


def next_hint(name: str, check: str | None) -> Hint:
    """The next hint on a check, or on the first check with hints left; the last is given again.

    UsageError for an unknown check, or one without hints.
    """
    with lab_lock(name, "ckslab hint", wait=2.0):
        record = find_lab(name)
        scenario = catalogue.load_folder(record.folder, record.nonce)
        folder = lab_folder(name)
        attempt = read_attempt(folder) or Attempt(record.created_at)
        wanted = _check(scenario, check) if check else _first(scenario, attempt)
        if not wanted.hints:
            raise UsageError(f"there is no hint on {wanted.id}")
        taken = attempt.hints.get(wanted.id, 0)
        number = min(taken, len(wanted.hints) - 1)
        if taken < len(wanted.hints):
            write_attempt(folder, attempt.hinted(wanted.id))
        return Hint(wanted.id, number + 1, len(wanted.hints), wanted.hints[number])


def _check(scenario: Scenario, name: str) -> Check:
    checks = {check.id: check for check in scenario.checks}
    if name not in checks:
        raise UsageError(f"{scenario.id} has no check {name!r}{nearest(name, checks)}", advice=" · ".join(checks))
    return checks[name]


def _first(scenario: Scenario, attempt: Attempt) -> Check:
    left = [check for check in scenario.checks if attempt.hints.get(check.id, 0) < len(check.hints)]
    return (left or [check for check in scenario.checks if check.hints] or list(scenario.checks))[0]


def solution(name: str) -> str:
    """The solution as Markdown; the attempt remembers that it was shown."""
    with lab_lock(name, "ckslab solution", wait=2.0):
        record = find_lab(name)
        scenario = catalogue.load_folder(record.folder, record.nonce)
        drawn = draw_faults(scenario.faults, record.seed)
        steps = answer_steps(load_answers(scenario, record.nonce), "solution", drawn)
        folder = lab_folder(name)
        write_attempt(folder, (read_attempt(folder) or Attempt(record.created_at)).revealed())
        read = initial.InitialFiles(folder)
        return solution_text(scenario, steps, read)
