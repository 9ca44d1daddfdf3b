"""exam.json: an exam as it is kept on disk, from its draw to its last grade; what survives any kill."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ckslab import __version__
from ckslab.errors import LabError, UsageError
from ckslab.store.disk import as_lab_error, read_json, write_json
from ckslab.store.home import private_folder
from ckslab.store.lock import locked

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FILE = "exam.json"
FORMAT: Literal[1] = 1

_ID = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z]{1,2}")

State = Literal["preparing", "running", "paused", "over", "graded", "abandoned"]
"""preparing: the clock does not run yet. over: work has ended, and not all is graded."""


@dataclass(frozen=True, slots=True)
class SittingTask:
    """One task. number: from 1. seed, nonce, cluster: of its lab. digest: of its scenario when it was drawn.

    seconds: worked in its shells, kept when it is graded. graded: it has a report, or a reason why there is none.
    undecided, reason: see ExamTaskResult. trouble: why its host could not be made, "" where it could.
    """

    number: int
    scenario: str
    title: str
    topic: str
    difficulty: str
    minutes: int
    weight: int
    seed: int
    nonce: str
    digest: str
    cluster: str
    bullet: str | None = None
    flagged: bool = False
    graded: bool = False
    undecided: bool = False
    reason: str = ""
    seconds: float = 0.0
    trouble: str = ""

    @property
    def host(self) -> str:
        """What the learner types after ssh."""
        return f"cks-{self.number}"


@dataclass(frozen=True, slots=True)
class Sitting:
    """An exam. Moments are seconds since the epoch by the exam's own clock (see `clock`); 0.0 before they come.

    labs: how many run at once. stock: they have the exam's own times. waited: seconds of waiting for hosts, which
    do not count, up to waited_until. paused: seconds of practice that do not count either, without those since
    paused_at. ended_at: when work ended; by_time: because time was up; late: how long after its end the state is
    from that is graded, where nothing of ckslab ran then. stopped: the hosts were stopped at the end of the time.
    graded_at: when all was graded for the first time. left_out: what could not be drawn here, with the reason.
    """

    id: str
    seed: int
    minutes: int
    tasks: tuple[SittingTask, ...]
    labs: int
    practice: bool = False
    stock: bool = False
    state: State = "preparing"
    created_at: float = 0.0
    started_at: float = 0.0
    waited: float = 0.0
    waited_until: float = 0.0
    paused: float = 0.0
    paused_at: float = 0.0
    ended_at: float = 0.0
    by_time: bool = False
    late: float = 0.0
    stopped: bool = False
    graded_at: float = 0.0
    left_out: dict[str, str] | None = None
    version: str = __version__
    format: Literal[1] = FORMAT

    @property
    def open(self) -> bool:
        """Whether it is being sat, or waits for its grades: no other can begin."""
        return self.state not in ("graded", "abandoned")

    @property
    def folder(self) -> Path:
        """home/exams/ID."""
        return exam_folder(self.id)

    def task(self, number: int) -> SittingTask:
        """Task `number`; UsageError where there is none."""
        if not 1 <= number <= len(self.tasks):
            raise UsageError(f"there is no task {number}: tasks are 1 to {len(self.tasks)}")
        return self.tasks[number - 1]

    def with_task(self, number: int, **changes: Any) -> Sitting:
        """The exam with one task changed."""
        tasks = tuple(replace(one, **changes) if one.number == number else one for one in self.tasks)
        return replace(self, tasks=tasks)


def lab_name(sitting: Sitting, number: int) -> str:
    """The lab of a task."""
    return f"{sitting.id}-{number}"


def is_exam_id(name: str) -> bool:
    """Whether an exam may be called so; no lab of it is."""
    return _ID.fullmatch(name) is not None


def exam_folder(exam_id: str) -> Path:
    """Where the exam lies or would lie; UsageError for what cannot be an exam's id."""
    if not _ID.fullmatch(exam_id):
        raise UsageError(f"{exam_id!r} is no exam: they are called as 2026-11-27-a", advice="ckslab exam list")
    return private_folder("exams") / exam_id


def exam_ids() -> list[str]:
    """All exams, the oldest first, whether they can be read or not."""
    folder = private_folder("exams")
    found = [one.name for one in folder.iterdir() if _ID.fullmatch(one.name) and one.is_dir()]
    return sorted(found, key=lambda one: (one[:10], len(one), one))


def new_exam_folder(today: date) -> str:
    """Make the folder of another exam of today's; its id. LabError: the disk refuses."""
    with as_lab_error("cannot make the exam's folder"):
        for letters in (*string.ascii_lowercase, *map("".join, product(string.ascii_lowercase, repeat=2))):
            exam_id = f"{today.isoformat()}-{letters}"
            try:
                exam_folder(exam_id).mkdir(mode=0o700)
            except FileExistsError:
                continue
            return exam_id
    raise UsageError("more exams were begun today than there are names for", advice="ckslab exam list")


def write_sitting(sitting: Sitting) -> None:
    """Keep the exam as a whole; LabError when the disk refuses, and the file is as it was."""
    write_json(sitting.folder / FILE, asdict(sitting))


def read_sitting(exam_id: str) -> Sitting:
    """The exam; UsageError where there is none of that id, LabError for a damaged file."""
    from pydantic import ValidationError

    from ckslab.strict import first_problem

    path = exam_folder(exam_id) / FILE
    way_out = f"ckslab exam abandon {exam_id}"
    try:
        content = read_json(path, way_out=way_out)
    except FileNotFoundError:
        if path.parent.is_dir():
            raise LabError(f"exam {exam_id} was never begun: it has no {FILE}", advice=way_out) from None
        raise UsageError(f"there is no exam {exam_id}", advice="ckslab exam list") from None
    if content.get("format") != FORMAT:
        raise LabError(f"exam {exam_id} is another ckslab's ({content.get('version', '?')})", advice=way_out)
    try:
        return _adapter().validate_python(content)
    except ValidationError as error:
        raise LabError(f"{path}: not an exam ({first_problem(error)})", advice=way_out) from error


def change(exam_id: str, how: Callable[[Sitting], Sitting]) -> Sitting:
    """Read, change and keep the exam while nobody else does; the exam as it is then."""
    with locked(f"exam-{exam_id}", what=f"exam {exam_id}", wait=10.0):
        before = read_sitting(exam_id)
        after = how(before)
        if after != before:
            write_sitting(after)
        return after


def open_exam() -> Sitting | None:
    """The exam that is being sat or graded, if there is one; LabError for one that cannot be read."""
    for exam_id in reversed(exam_ids()):
        if not (exam_folder(exam_id) / FILE).exists():  # its start ended before anything was drawn
            continue
        sitting = read_sitting(exam_id)
        if sitting.open:
            return sitting
    return None


@cache
def _adapter() -> TypeAdapter[Sitting]:
    from pydantic import TypeAdapter

    return TypeAdapter(Sitting)
