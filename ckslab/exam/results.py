"""What an exam gave: its tasks with their reports, the score, and whether that is a pass. Data alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from ckslab.grading.report import Report

PASS_MARK = 67
"""Per cent that pass the exam: https://docs.linuxfoundation.org/tc-docs/certification/faq-cka-ckad-cks"""


@dataclass(frozen=True, slots=True)
class ExamTaskResult:
    """One task of an exam that was submitted.

    number: from 1. bullet: of the curriculum, None where its scenario names none. weight: per cent of the exam.
    minutes: that it should take; seconds: that were worked in its shells. flagged: by the learner, at the end.
    report: None where it could not be graded at all. undecided: something of it could not be found out, and it can
    be graded again; reason: why, in a sentence, "" where it is decided.
    """

    number: int
    scenario: str
    title: str
    topic: str
    difficulty: str
    bullet: str | None
    weight: int
    minutes: int
    seconds: int = 0
    flagged: bool = False
    report: Report | None = None
    undecided: bool = False
    reason: str = ""

    @property
    def earned(self) -> float:
        """Per cent of the exam that are certainly earned; 0 to weight."""
        if self.report is None or not self.report.max:
            return 0.0
        return self.weight * self.report.score / self.report.max

    @property
    def open(self) -> float:
        """Per cent of the exam that nobody knows yet: neither earned nor lost."""
        if not self.undecided:
            return 0.0
        if self.report is None or not self.report.max:
            return float(self.weight)
        return self.weight * self.report.undecided / self.report.max


@dataclass(frozen=True, slots=True)
class ExamResult:
    """An exam that was submitted. Times are RFC 3339 in UTC.

    id: such as "2026-11-27-a". seed: draws the same exam again. minutes: that it was given. practice: it could be
    paused; paused_seconds: and was, for so long. ended_at: when work ended; submitted_at: when all was graded.
    late_seconds: how long after the end of its time the state is from that was graded (nothing of ckslab ran
    then); 0 where it is from the end. by_time: time was up, else the learner submitted it. left_out: scenarios
    that could not be drawn on this machine, each with the reason.
    """

    id: str
    seed: int
    started_at: str
    ended_at: str
    submitted_at: str
    minutes: int
    practice: bool
    tasks: tuple[ExamTaskResult, ...]
    paused_seconds: int = 0
    late_seconds: int = 0
    by_time: bool = False
    pass_mark: int = PASS_MARK
    left_out: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def score(self) -> float:
        """Per cent that are certainly earned, 0 to 100."""
        return sum(task.earned for task in self.tasks)

    @property
    def open(self) -> float:
        """Per cent that nobody knows yet."""
        return sum(task.open for task in self.tasks)

    @property
    def passed(self) -> bool | None:
        """Whether it is passed; None where that hangs on what is undecided."""
        if _at_least(self.score, self.pass_mark):
            return True
        return None if _at_least(self.score + self.open, self.pass_mark) else False


def _at_least(value: float, mark: int) -> bool:
    """Sums of thirds are not whole: what is 67 in writing is 67."""
    return round(value, 6) >= mark
