"""Grade files that somebody handed in: no lab, no cluster, and nothing imported that they need."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Fact, FolderFact, FolderNeed, LabFact, LabNeed, Need, TrialNeed, Unavailable
from ckslab.grading import grade
from ckslab.grading.report import Report, report
from ckslab.handed_in import HandedIn, open_handed_in
from ckslab.lab import catalogue
from ckslab.lab.clock import now


def grade_handed_in(path: Path, scenario_id: str, roots: Sequence[Path]) -> Report:
    """Grade a folder or an archive that holds a node's files: what only a cluster can show is left out."""
    begin = time.monotonic()
    scenario = catalogue.load_scenario(scenario_id, roots)
    handed_in = open_handed_in(path)

    def collect(needs: frozenset[Need]) -> Mapping[Need, Fact]:
        facts = dict(handed_in.collect(needs))
        for need in needs:
            if isinstance(need, TrialNeed):
                facts[need] = _trial(handed_in, need)
        if LabNeed() in needs:
            facts[LabNeed()] = LabFact(scenario.id, "", "", 0)
        return facts

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


def _trial(handed_in: HandedIn, need: TrialNeed) -> Fact:
    """The policies of a folder tried with gator; imported here, because few hand-ins need it."""
    from ckslab.add_ons.gatekeeper.trial import try_policies

    folder = handed_in.collect(frozenset({FolderNeed(need.folder)}))[FolderNeed(need.folder)]
    return try_policies(folder, need) if isinstance(folder, FolderFact) else Unavailable(str(folder))
