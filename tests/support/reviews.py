"""Reviews of what answers to shipped scenarios leave, made as a grade makes them: from files, without a node."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, cast

from ckslab.exam.results import ExamResult, ExamTaskResult
from ckslab.grading.report import Report, report
from ckslab.lab.model import RunningLab
from ckslab.lab.review.gather import gather
from ckslab.review.model import Review
from ckslab.review.of_exam import of_exam
from ckslab.review.of_lab import Kept
from ckslab.scenario.answers.model import SOLUTION
from ckslab.store.attempt import Attempt
from tests.support.answers_on_files import SCENARIOS, Left, about_files, answers, left_by, scenario
from tests.support.lab_of_answer import drawable, lab_of

STARTED, GRADED = "2026-11-27T14:00:00Z", "2026-11-27T14:{:02}:30Z"


class LabnodeNode:
    """A node of which `labnode files` tells these files, and nothing else is asked."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.asked = list[str]()

    def run(self, argv: Sequence[str], stdin: bytes = b"", **_: Any) -> subprocess.CompletedProcess[bytes]:
        """Its answer, as `labnode` gives it."""
        assert argv[-1] == "files"
        paths = json.loads(stdin)["files"]
        self.asked += paths
        answer = json.dumps({path: self._answer(path) for path in paths}).encode()
        return subprocess.CompletedProcess(list(argv), 0, answer, b"")

    def _answer(self, path: str) -> dict[str, Any]:
        data = self.files.get(path)
        known: dict[str, Any] = {"mode": 0, "uid": 0, "size": 0, "sha256": "", "entries": None, "reason": ""}
        if data is None:
            return known | {"kind": "absent", "real": "", "data": None}
        known |= {"kind": "file", "real": path, "mode": 0o644, "size": len(data)}
        return known | {
            "sha256": hashlib.sha256(data).hexdigest(),
            "data": base64.b64encode(data).decode(),
        }


def kept_of(left: Left, seed: int, folder: Path, attempt: Attempt | None = None, minute: int = 9) -> Kept:
    """What a grade of these files keeps. CKSLAB_HOME must be set."""
    lab = lab_of(left, seed, folder)
    of = scenario(left.name)
    made = report(
        left.graded,
        of,
        lab=left.name,
        cluster="local",
        seed=seed,
        started_at=STARTED,
        graded_at=GRADED.format(minute),
        duration_ms=1200,
    )
    lab.scenario = of
    running = RunningLab(lab, cast(Any, LabnodeNode(left.files)), cast(Any, None))
    return Kept(made, attempt or Attempt(STARTED), gather(running, made, left.graded.evidence), None)


@cache
def tasks(count: int) -> tuple[tuple[str, str], ...]:
    """Scenarios about files, each with a wrong answer of it, and the second ones where these are too few; the first
    task has its solution.
    """
    wrong = {name: [one.name for one in answers(name).wrong] for name in SCENARIOS}
    pairs = ((name, of[turn]) for turn in range(3) for name, of in wrong.items() if turn < len(of))
    usable = (pair for pair in pairs if drawable(*pair) and about_files(pair[0]))
    first, *rest = islice(usable, count)
    return ((first[0], SOLUTION), *rest)


def kept_of_tasks(folder: Path, count: int) -> list[Kept]:
    """What the grades of so many `tasks` keep. CKSLAB_HOME must be set; their labs lie there afterwards."""
    made = []
    for number, (name, answer) in enumerate(tasks(count), 1):
        drawn, seed = drawable(name, answer)[0]
        made.append(kept_of(left_by(name, answer, drawn), seed, folder / f"{number}", minute=number))
    return made


def exam_review(folder: Path, count: int) -> Review:
    """The review of an exam of so many tasks."""
    kept = kept_of_tasks(folder, count)
    weights = [100 // count + (number <= 100 % count) for number in range(1, count + 1)]
    results = [_result(number, one.report, weights[number - 1]) for number, one in enumerate(kept, 1)]
    exam = ExamResult(
        id="2026-11-27-a",
        seed=4711,
        started_at=STARTED,
        ended_at="2026-11-27T15:52:00Z",
        submitted_at="2026-11-27T15:53:10Z",
        minutes=120,
        practice=False,
        tasks=tuple(results),
    )
    return of_exam(exam, lambda task: kept[task.number - 1])


def _result(number: int, made: Report, weight: int) -> ExamTaskResult:
    of = scenario(made.scenario)
    return ExamTaskResult(
        number=number,
        scenario=of.id,
        title=of.title,
        topic=of.topic,
        difficulty=of.difficulty,
        bullet=of.bullet,
        weight=weight,
        minutes=of.minutes,
        seconds=of.minutes * (35 + 17 * (number % 4)),
        flagged=number % 5 == 3,
        report=made,
        undecided=made.undecided > 0,
        reason="Something of it could not be found out." if made.undecided else "",
    )


def with_first(review: Review, made: Report) -> Review:
    """The review with another report of its first task."""
    first, *rest = review.tasks
    return review.model_copy(update={"tasks": (first.model_copy(update={"report": made}), *rest)})
