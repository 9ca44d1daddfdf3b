"""At a grade: all that stands beside its report is gathered from the lab, its scenario and its node."""

from __future__ import annotations

from collections.abc import Sequence

from ckslab.errors import CkslabError
from ckslab.evidence import Evidence, FileFact
from ckslab.evidence.fault import fault
from ckslab.grading.budget import files_of
from ckslab.grading.report import Report
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.review.difference import Room, difference
from ckslab.lab.review.excerpt import excerpts
from ckslab.lab.review.solved import SolvedFile, solved
from ckslab.needs.files import FileNeed, FolderNeed, read_on_node
from ckslab.scenario.answers.model import SOLUTION
from ckslab.store.review import GradedWork, LiveStep, SolutionPart


def gather(running: RunningLab, report: Report, evidence: Evidence) -> GradedWork:
    """What stands beside the report. What cannot be gathered is left out, and said where it is looked for."""
    lab, scenario = running.lab, running.lab.scenario
    parts, unknown = _solved(lab)
    files = _learners(running, report, evidence, parts)
    return GradedWork(
        topic=scenario.topic,
        bullet=scenario.bullet,
        difficulty=scenario.difficulty,
        task=scenario.task,
        after=scenario.after,
        hints={check.id: check.hints for check in scenario.checks if check.hints},
        excerpts=tuple(excerpts(report.checks, files)),
        solution=_compared(parts, files),
        solution_unknown=unknown,
    )


def _solved(lab: Lab) -> tuple[list[SolvedFile | str], str]:
    """The solution for the lab's faults; without one, why."""
    try:
        return solved(lab.answer_steps(SOLUTION), lab.initial_files), ""
    except CkslabError as error:
        return [], error.message
    except Exception as error:  # a bug here must not take a grade that is made
        return [], fault("the solution of a review", error)


def _learners(
    running: RunningLab, report: Report, evidence: Evidence, parts: Sequence[SolvedFile | str]
) -> dict[str, FileFact]:
    """The files that the report and the solution speak of, by path: as graded, else as they are on the node now.

    None of those that the node does not tell.
    """
    places = {check.where.path for check in report.checks if check.where}
    wanted = places | {part.path for part in parts if isinstance(part, SolvedFile)}
    now = (fact for need, fact in evidence.facts.items() if isinstance(need, FileNeed | FolderNeed))
    graded = {file.path: file for fact in now for file in files_of(fact)}
    known = {path: graded[path] for path in wanted if path in graded}
    unread = wanted - known.keys()
    try:
        return known | (read_on_node(running.node, files=unread, folders=()) if unread else {})
    except (CkslabError, TimeoutError):
        return known


def _compared(parts: Sequence[SolvedFile | str], files: dict[str, FileFact]) -> tuple[SolutionPart, ...]:
    room = Room()
    return tuple(
        LiveStep(text=part) if isinstance(part, str) else difference(part, files.get(part.path), room)
        for part in parts
    )
