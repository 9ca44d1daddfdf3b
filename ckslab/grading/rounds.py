"""Judging in rounds: what a judgement finds missing is collected, and it is judged again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckslab.evidence import CheckType, Evidence, Finding, Need, NotAvailable, NotCollected, fault, undecided
from ckslab.grading.gather import Gather
from ckslab.scenario.model import Check

MAX_ROUNDS = 30
"""How often facts are collected: a check follows at most that many references from fact to fact."""

Table = Mapping[str, CheckType[Any]]


@dataclass(frozen=True, slots=True)
class _Missing:
    needs: tuple[Need, ...]


def judge_in_rounds(
    checks: Iterable[Check], types: Table, gather: Gather
) -> tuple[dict[str, Finding], Evidence]:
    """A finding for each check by id, and all evidence that was collected for them."""
    findings: dict[str, Finding] = {}
    first: set[Need] = set()
    open_ = []
    for check in checks:
        try:
            first.update(types[check.type].needs(check.params))
            open_.append(check)
        except Exception as error:  # a check type's bug must not take the other checks' points
            findings[check.id] = undecided(fault(f"check type {check.type}", error))
    evidence = Evidence(gather(frozenset(first))) if first else Evidence()
    for collected in range(1, MAX_ROUNDS + 1):
        verdicts = {check.id: _judge(check, types, evidence) for check in open_}
        findings |= {name: found for name, found in verdicts.items() if isinstance(found, Finding)}
        missing = {name: found.needs for name, found in verdicts.items() if isinstance(found, _Missing)}
        if not missing:
            break
        if collected == MAX_ROUNDS:
            findings |= {name: undecided(_too_deep(needs[0])) for name, needs in missing.items()}
            break
        evidence = evidence.plus(gather(frozenset(need for needs in missing.values() for need in needs)))
        open_ = [check for check in open_ if check.id in missing]
    return findings, evidence


def _judge(check: Check, types: Table, evidence: Evidence) -> Finding | _Missing:
    try:
        return types[check.type].judge(check.params, evidence)
    except NotCollected as asked:
        return _Missing(asked.missing)
    except NotAvailable as gone:
        return Finding("unknown", observed=gone.unavailable.reason, not_applicable=gone.unavailable.not_applicable)
    except Exception as error:  # as above: unknown, never a crash
        return undecided(fault(f"check type {check.type}", error))


def _too_deep(need: Need) -> str:
    return f"not known after {MAX_ROUNDS} rounds of collecting; the next would have been {need}"
