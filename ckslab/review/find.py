"""Which review is meant, and whether the solution may be in it."""

from __future__ import annotations

from pathlib import Path

from ckslab.errors import UsageError
from ckslab.exam.sitting import exam_ids, is_exam_id
from ckslab.lab.model import Lab
from ckslab.lab.of_exam import practice_labs
from ckslab.review.model import Review
from ckslab.review.of_lab import Kept, of_lab, read_kept
from ckslab.store.attempt import read_attempt, write_attempt
from ckslab.store.labs import is_lab_name, lab_folder, lab_names
from ckslab.store.past import past_folder, past_names


def find_review(name: str | None, *, with_solution: bool = False) -> Review:
    """Of the lab or exam that is named, else of the only lab of no exam, a removed one too, else of the last exam.

    with_solution: the solution is shown, and counts as such from then on. UsageError: there is none of that name,
    several and none is named, or one that was not graded yet. LabError: what was kept is damaged.
    """
    name = name or _only()
    if is_exam_id(name):
        from ckslab.review.exams import exam_review

        return exam_review(name)
    if lab_folder(name).is_dir():
        return _of(name, lab_folder(name), with_solution=with_solution)
    if name in past_names():
        return _of(name, past_folder(name), with_solution=with_solution)
    raise UsageError(f"there is no report of {name}{_there_are()}", advice="ckslab status · ckslab list")


def _of(name: str, folder: Path, *, with_solution: bool) -> Review:
    kept = _graded(name, folder)
    if with_solution and not kept.attempt.solution_shown and not kept.report.passed:
        with Lab(name).hold("ckslab report"):
            kept = _graded(name, folder)
            # read again: one that is damaged is an error here, and is not overwritten
            write_attempt(folder, (read_attempt(folder) or kept.attempt).revealed())
    return of_lab(kept, with_solution=with_solution)


def _graded(name: str, folder: Path) -> Kept:
    kept = read_kept(folder)
    if kept is None:
        raise UsageError(f"lab {name} was not graded yet", advice=f"ckslab grade {name}")
    return kept


def _only() -> str:
    exams = exam_ids()
    names = practice_labs() or [name for name in past_names() if name.rpartition("-")[0] not in exams]
    if len(names) == 1:
        return names[0]
    if names:
        raise UsageError(f"several labs are there; name one: {', '.join(names)}", advice="ckslab status")
    if not exams:
        raise UsageError("nothing was graded yet", advice="ckslab list · ckslab start SCENARIO")
    return exams[-1]


def _there_are() -> str:
    names = sorted({*lab_names(), *past_names()})
    return f"; there are: {', '.join(names)}" if names else ""


def review_names() -> list[str]:
    """What may be named."""
    return sorted(name for name in {*lab_names(), *past_names(), *exam_ids()} if is_lab_name(name))
