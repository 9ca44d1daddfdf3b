"""From needs to a report: collect once, judge purely, resolve what waits for what, count points."""

from ckslab.grading.grade import Collect, grade
from ckslab.grading.graded import Graded, Judged
from ckslab.grading.report import Aside, CheckReport, Place, Report, exit_code, report

__all__ = [
    "Aside",
    "CheckReport",
    "Collect",
    "Graded",
    "Judged",
    "Place",
    "Report",
    "exit_code",
    "grade",
    "report",
]
