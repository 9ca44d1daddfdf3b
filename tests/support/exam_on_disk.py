"""An exam on disk whose hosts were never made: for what needs no node."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ckslab.exam.hosts import keep_scenario
from ckslab.exam.sitting import Sitting, SittingTask, new_exam_folder, write_sitting
from ckslab.lab.catalogue import load_folder
from ckslab.scenario.loading.pack import Pack

SCENARIOS = Path(__file__).parent / "lab_scenarios"


def exam_on_disk(*, left: float = 3000.0, state: str = "running", **changes: Any) -> Sitting:
    """Of an hour, of two tasks; `left`: seconds. CKSLAB_HOME must be set."""
    tasks = []
    for number, name in enumerate(("node-lab", "images-lab"), 1):
        scenario = load_folder(SCENARIOS / name)
        tasks.append(
            SittingTask(
                number,
                name,
                scenario.title,
                scenario.topic,
                scenario.difficulty,
                scenario.minutes,
                50,
                5,
                "kq7wm4",
                scenario.digest,
                "local",
            )
        )
    sitting = Sitting(new_exam_folder(date(2026, 11, 27)), 7, 60, tuple(tasks), 1, state=state)  # type: ignore[arg-type]
    sitting = replace(sitting, started_at=time.time() - 3600 + left, **changes)
    write_sitting(sitting)
    for task in tasks:
        keep_scenario(sitting, task, Pack(SCENARIOS / task.scenario))
    return sitting
