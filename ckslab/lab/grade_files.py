"""Grade files that somebody handed in: no lab, no cluster, and nothing imported that they need."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from ckslab.checks import CHECK_TYPES
from ckslab.errors import UsageError
from ckslab.grading.grade import grade
from ckslab.grading.report import Report, report
from ckslab.handed_in import HandedIn, open_handed_in, open_piped
from ckslab.lab import catalogue
from ckslab.lab.clock import now
from ckslab.lab.handed_in_lab import HandedInLab, lab_document
from ckslab.lab.laid_files import laid_files
from ckslab.needs.collect import collect_from_files
from ckslab.scenario.model import Scenario

CHANGED = "The lab was made of another version of the scenario; its files are graded by the one that is here."


def grade_handed_in(
    handed: Path | BinaryIO, scenario_id: str | None, roots: Sequence[Path], *, name: str = ""
) -> Report:
    """Grade a folder or an archive (also one that comes through a pipe) that holds a node's files.

    scenario_id: None where an archive by `ckslab hand-in` says it. name: of the submission in the report, that of
    its file unless given. What only a running cluster can show is left out; what only the lab knows is undecided,
    unless the lab says it in the archive.
    """
    begin = time.monotonic()
    scenario = catalogue.load_scenario(scenario_id, roots) if scenario_id else None
    files = _opened(handed, read_paths(scenario) if scenario else ())
    said, notes, lab = lab_document(files, scenario_id), files.notes, None
    if said is not None:
        scenario = catalogue.load_scenario(said.scenario, roots, said.nonce, said.seed)
        lab = HandedInLab(said, scenario)
        if scenario.draws and said.digest != scenario.digest:
            scenario = catalogue.load_scenario(said.scenario, roots, said.nonce, seed=None)
        notes = (*notes, CHANGED) if lab.changed else notes
    if scenario is None:
        raise UsageError(
            f"{files.source} does not say of which scenario it is",
            advice=f"ckslab grade --files {files.source} SCENARIO",
        )
    result = grade(scenario, CHECK_TYPES, collect_from_files(files, lab, laid_files(scenario)), files_only=True)
    return report(
        result,
        scenario,
        submission=name or (handed.resolve().name if isinstance(handed, Path) else files.source),
        from_lab=said.lab if said else "",
        seed=said.seed if said else 0,
        notes=notes,
        graded_at=now(),
        duration_ms=int((time.monotonic() - begin) * 1000),
    )


def read_paths(scenario: Scenario) -> list[str]:
    """The node paths that its checks on files are known to read before anything is read."""
    found = set[str]()
    for check in scenario.checks:
        kind = CHECK_TYPES[check.type]
        if not kind.live(check.params):
            found.update(kind.paths(check.params))
            found.update(path for need in kind.needs(check.params) for path in need.paths())
    return sorted(found)


def _opened(handed: Path | BinaryIO, wanted: Sequence[str]) -> HandedIn:
    opener: Callable[..., HandedIn] = open_handed_in if isinstance(handed, Path) else open_piped
    return opener(handed, wanted)
