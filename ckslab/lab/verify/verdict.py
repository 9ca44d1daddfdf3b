"""Whether a grade is what the scenario says of an answer, and whether two grades of it are the same."""

from __future__ import annotations

from collections.abc import Mapping

from ckslab.grading.report import CheckReport, Report
from ckslab.lab.verify.jobs import UNTOUCHED, Job
from ckslab.scenario.answers.model import Answer
from ckslab.store.attempt import CheckScore


def verdict(job: Job, report: Report) -> str:
    """What is wrong with this result, "" if it is as the scenario says."""
    unknown = [
        f"{check.id}: {check.observed}{_log(check)}" for check in report.checks if check.outcome == "unknown"
    ]
    if unknown:
        return f"could not find out: {'; '.join(unknown)}"
    if job.answer == UNTOUCHED:
        earned = [check.id for check in report.checks if check.earned]
        return f"earns points for {', '.join(earned)} and should earn nothing" if earned else ""
    failing = {check.id for check in report.checks if check.outcome == "fail"}
    answer = job.answers.answer(job.answer)
    wanted = answer.failing(job.faults)
    if failing != wanted:
        return _difference(report, failing, wanted)
    return _told(answer, report)


def _difference(report: Report, failing: set[str], wanted: frozenset[str]) -> str:
    parts = [_why(check) for check in report.checks if check.id in failing - wanted]
    if missing := sorted(wanted - failing):
        parts.append(f"{', '.join(missing)} should fail and passes")
    return "; ".join(parts)


def _why(check: CheckReport) -> str:
    """Why a check fails that should pass, with the log line where one tells (an API server's answer to a row)."""
    waits = f" (waits for {', '.join(check.after)})" if check.after else ""
    return f"{check.id} fails: {check.observed or check.message}{waits}{_log(check)}"


def _log(check: CheckReport) -> str:
    return f" · log: {check.log}" if check.log else ""


def _told(answer: Answer, report: Report) -> str:
    if answer.says is None:
        return ""
    texts = " ".join(f"{check.expected} {check.observed} {check.message} {check.log}" for check in report.checks)
    return "" if answer.says in texts else f"the learner is not told {answer.says!r}"


def unequal(grades: Mapping[str, CheckScore], first: Mapping[str, CheckScore], cluster: str) -> str:
    """Which checks gave something else than on `cluster`, "" if none did."""
    return "; ".join(
        f"{check}: {_words(grades.get(check))}, and on {cluster} {_words(first.get(check))}"
        for check in sorted(grades.keys() | first.keys())
        if _words(grades.get(check)) != _words(first.get(check))
    )


def _words(score: CheckScore | None) -> str:
    return f"{score.outcome} with {score.earned} points" if score else "not graded"
