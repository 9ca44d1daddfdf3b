"""The review of an exam by its id: what each task left is looked for among the labs, also removed ones."""

from __future__ import annotations

from ckslab.exam.outcome import exam_result
from ckslab.exam.results import ExamTaskResult
from ckslab.review.model import Review
from ckslab.review.of_exam import of_exam
from ckslab.review.of_lab import Kept, read_kept
from ckslab.store.labs import lab_folder
from ckslab.store.past import past_folder


def exam_review(exam_id: str) -> Review:
    """The review of an exam that is graded; UsageError: it is not."""
    return of_exam(exam_result(exam_id), _kept)


def _kept(task: ExamTaskResult) -> Kept | None:
    """What the grade left that the task's report is of; LabError: it is damaged."""
    if task.report is None:
        return None
    name = task.report.lab
    found = [read_kept(folder) for folder in (lab_folder(name), past_folder(name)) if folder.is_dir()]
    same = (one for one in found if one and one.report.graded_at == task.report.graded_at)
    return next(same, next((one for one in found if one), None))
