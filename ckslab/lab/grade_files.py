"""Grade files that somebody handed in: no lab, no cluster, and nothing imported that they need."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ckslab.checks import CHECK_TYPES
from ckslab.grading import grade
from ckslab.grading.report import Report, report
from ckslab.handed_in import open_handed_in
from ckslab.lab import catalogue
from ckslab.lab.clock import now
from ckslab.needs.collect import collect_from_files


def grade_handed_in(path: Path, scenario_id: str, roots: Sequence[Path]) -> Report:
    """Grade a folder or an archive that holds a node's files: what only a cluster can show is left out."""
    begin = time.monotonic()
    scenario = catalogue.load_scenario(scenario_id, roots)
    collect = collect_from_files(open_handed_in(path))
    graded = grade(scenario, CHECK_TYPES, collect, files_only=True)
    moment = now()
    return report(
        graded,
        scenario,
        lab="",
        cluster="files",
        seed=0,
        started_at="",
        graded_at=moment,
        hints_used=0,
        solution_shown=False,
        duration_ms=int((time.monotonic() - begin) * 1000),
    )
