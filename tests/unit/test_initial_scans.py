"""A lab keeps what was found in its images when it was made; an archive tells it as a stranger does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.errors import LabError
from ckslab.evidence import Unavailable
from ckslab.handed_in.lab_document import InitialScansDocument, ScanDocument
from ckslab.lab import initial_scans
from ckslab.lab.catalogue import load_scenario, scenario_roots
from ckslab.needs.scan import ScanNeed
from ckslab.scanning.report import ScanReport, Vulnerability

FOUND = Vulnerability("CVE-2026-33186", "google.golang.org/grpc", "v1.72.2", "CRITICAL", "1.79.3")
REPORT = ScanReport(
    "registry.k8s.io/kube-apiserver:v1.35.4", f"sha256:{'a' * 64}", ("sha256:1",), frozenset({FOUND})
)


def test_what_is_written_is_what_is_read() -> None:
    kept = InitialScansDocument(root={"pod/kube-apiserver": ScanDocument.of(REPORT)})
    again = InitialScansDocument.model_validate_json(kept.model_dump_json())
    assert initial_scans.facts(again) == {"pod/kube-apiserver": REPORT}
    assert initial_scans.facts(None) == {}


def test_a_lab_that_kept_none_has_none_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    assert initial_scans.read(tmp_path) is None
    (tmp_path / initial_scans.FILE).write_text(json.dumps({"pod/kube-apiserver": {"found": 7}}))
    with pytest.raises(LabError, match="is damaged"):
        initial_scans.read(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"found": [{"id": "x" * 2000, "package": "a", "installed": "1", "severity": "HIGH", "fixed": ""}]},
        {"found": [{"id": "x", "package": "a", "installed": "1", "severity": "AWFUL", "fixed": ""}]},
        {"artifact": "a\nb"},
        {"layers": ["x"] * 5000},
    ],
)
def test_what_a_stranger_hands_in_has_bounds(change: dict[str, Any]) -> None:
    document = ScanDocument.of(REPORT).model_dump() | change
    with pytest.raises(ValidationError):
        InitialScansDocument.model_validate({"pod/kube-apiserver": document})


def test_the_scans_that_a_scenario_s_checks_ask_for_are_made() -> None:
    assert initial_scans.compared(load_scenario("trivy-apiserver", scenario_roots())) == (
        ScanNeed(pod="kube-apiserver"),
    )
    assert initial_scans.compared(load_scenario("ipw-complete", scenario_roots())) == ()


class Lab:
    def initial_scans(self) -> dict[str, ScanReport]:
        return {"pod/kube-apiserver": REPORT}


class Sources:
    lab = Lab()


class Bare:
    lab = None


def test_a_need_is_met_by_what_the_lab_kept_and_by_nothing_else() -> None:
    sources, bare = Sources(), Bare()
    known, other = ScanNeed(pod="kube-apiserver"), ScanNeed(image="shop/web:1")
    for collect in (ScanNeed.collect, ScanNeed.of_files):
        facts = collect([known, other], sources)  # type: ignore[arg-type]
        assert facts[known] == REPORT
        assert isinstance(facts[other], Unavailable)
    assert isinstance(ScanNeed.of_files([known], bare)[known], Unavailable)  # type: ignore[arg-type]
