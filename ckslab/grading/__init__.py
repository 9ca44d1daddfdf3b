"""From needs to a report: collect in rounds, judge purely, resolve what waits for what, count points."""

from ckslab.grading.grade import grade
from ckslab.grading.report import CheckReport, Place, Report, exit_code, read_report, report
from ckslab.grading.result import CheckResult, ScenarioResult
from ckslab.grading.rounds import collect_until

__all__ = [
    "CheckReport",
    "CheckResult",
    "Place",
    "Report",
    "ScenarioResult",
    "collect_until",
    "exit_code",
    "grade",
    "read_report",
    "report",
]
