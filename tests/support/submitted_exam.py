"""An exam that was submitted, as it lies on disk: its tasks' labs with what their grades kept."""

from __future__ import annotations

from collections.abc import Sequence

from ckslab.exam.sitting import Sitting, SittingTask, lab_name, write_sitting
from ckslab.review.of_lab import Kept
from ckslab.store.disk import write_json
from ckslab.store.labs import make_lab_folder
from ckslab.store.review import keep_review
from tests.support.answers_on_files import NONCE, scenario

EXAM = "2026-11-27-a"
STARTED = 1_795_788_000.0
"""2026-11-27T14:00:00Z."""


def submitted_exam(kept: Sequence[Kept]) -> str:
    """The exam's id. CKSLAB_HOME must be set."""
    tasks = tuple(_task(number, one, 100 // len(kept)) for number, one in enumerate(kept, 1))
    sitting = Sitting(
        id=EXAM,
        seed=4711,
        minutes=120,
        tasks=tasks,
        labs=2,
        state="graded",
        created_at=STARTED,
        started_at=STARTED,
        ended_at=STARTED + 6720,
        graded_at=STARTED + 6790,
    )
    (sitting.folder / "reports").mkdir(mode=0o700, parents=True)
    write_sitting(sitting)
    for number, one in enumerate(kept, 1):
        name = lab_name(sitting, number)
        report = one.report.model_copy(update={"lab": name})
        write_json(sitting.folder / "reports" / f"{number}.json", report.model_dump(mode="json"))
        if one.work is not None:
            keep_review(make_lab_folder(name), report, one.work)
    return EXAM


def _task(number: int, kept: Kept, weight: int) -> SittingTask:
    of = scenario(kept.report.scenario)
    return SittingTask(
        number=number,
        scenario=of.id,
        title=of.title,
        topic=of.topic,
        difficulty=of.difficulty,
        bullet=of.bullet,
        weight=weight,
        minutes=of.minutes,
        seed=kept.report.seed,
        nonce=NONCE,
        digest=of.digest,
        cluster="local",
        seconds=of.minutes * 50.0,
        graded=True,
    )
