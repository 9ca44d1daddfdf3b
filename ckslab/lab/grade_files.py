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
    handed_in = open_handed_in(path)
    result = grade(scenario, CHECK_TYPES, collect_from_files(handed_in), files_only=True)
    return report(
        result,
        scenario,
        submission=path.resolve().name,
        notes=handed_in.notes,
        graded_at=now(),
        duration_ms=int((time.monotonic() - begin) * 1000),
    )
