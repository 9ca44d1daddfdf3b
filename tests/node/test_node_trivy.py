"""Trivy on the real node without a network: plain commands work at once, and a grade's scan is not the learner's."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ckslab.lab import Wanted, find_lab, start_lab, stop_lab
from ckslab.lab.catalogue import scenario_roots
from ckslab.lab.model import Lab
from ckslab.needs.collect import collect
from ckslab.needs.scan import ScanNeed
from ckslab.progress import Silent
from ckslab.scanning.on_node import scan_stored
from ckslab.scanning.report import ScanReport, read_report
from tests.support.node_fixtures.home import Home

pytestmark = pytest.mark.node

IMAGE = "registry.k8s.io/kube-apiserver:v1.35.4"


@pytest.fixture(scope="module")
def scanning(library_home: Home) -> Iterator[Lab]:
    start_lab(Wanted("trivy-apiserver", scenario_roots(), "local"), Silent())
    yield find_lab("trivy-apiserver")
    stop_lab(find_lab("trivy-apiserver"), Silent())


def said(lab: Lab, *argv: str, code: int = 0) -> str:
    done = lab.running().node.run(argv, timeout=180)
    assert done.returncode == code, done.stderr
    return done.stdout.decode()


def shell(lab: Lab, script: str, code: int = 0) -> str:
    return said(lab, "bash", "-c", script, code=code)


def kept(lab: Lab) -> ScanReport:
    need = ScanNeed(pod="kube-apiserver")
    fact = collect(lab.running().sources(None))(frozenset({need}))[need]
    assert isinstance(fact, ScanReport)
    return fact


def test_an_image_of_the_store_is_scanned_by_its_name_and_by_its_digest(scanning: Lab) -> None:
    by_name = read_report(said(scanning, "trivy", "image", "--quiet", "--format", "json", IMAGE))
    assert isinstance(by_name, ScanReport)
    assert by_name.found == kept(scanning).found
    digest = shell(scanning, "ctr -n k8s.io images ls -q | grep kube-apiserver@").strip()
    by_digest = read_report(said(scanning, "trivy", "image", "--quiet", "--format", "json", digest))
    assert isinstance(by_digest, ScanReport)
    assert by_digest.image_id == by_name.image_id == kept(scanning).image_id


def test_what_is_found_has_critical_ones_with_and_without_a_fix_and_others(scanning: Lab) -> None:
    found = kept(scanning).found
    critical = [one for one in found if one.severity == "CRITICAL"]
    assert {bool(one.fixed) for one in critical} == {True, False}
    assert {one.severity for one in found} >= {"CRITICAL", "HIGH", "MEDIUM"}
    assert {one.severity for one in found if one.id == "LAB-2026-0001"} == {"CRITICAL"}


def test_filters_exit_codes_archives_folders_and_sboms_work(scanning: Lab) -> None:
    fixed = said(
        scanning, "trivy", "image", "-q", "--ignore-unfixed", "--severity", "CRITICAL", "--format", "json", IMAGE
    )
    report = read_report(fixed)
    assert isinstance(report, ScanReport)
    assert report.found == {one for one in kept(scanning).found if one.severity == "CRITICAL" and one.fixed}
    said(scanning, "trivy", "image", "-q", "--severity", "CRITICAL", "--exit-code", "3", IMAGE, code=3)
    shell(scanning, f"ctr -n k8s.io images export /root/image.tar {IMAGE}")
    archive = read_report(said(scanning, "trivy", "image", "-q", "--format", "json", "--input", "/root/image.tar"))
    assert isinstance(archive, ScanReport)
    assert archive.found == kept(scanning).found
    shell(scanning, f"rm /root/image.tar; trivy image -q --format cyclonedx --output /root/sbom.json {IMAGE}")
    of_sbom = read_report(said(scanning, "trivy", "sbom", "-q", "--format", "json", "/root/sbom.json"))
    assert isinstance(of_sbom, ScanReport)
    assert of_sbom.found == kept(scanning).found
    assert of_sbom.image_id == kept(scanning).image_id  # Trivy's own SBOM names the image
    shell(scanning, "mkdir -p /root/app && echo 'PyYAML==5.3' >/root/app/requirements.txt")
    of_folder = json.loads(said(scanning, "trivy", "fs", "-q", "--format", "json", "/root/app"))
    assert [one["VulnerabilityID"] for one in of_folder["Results"][0]["Vulnerabilities"]] == ["CVE-2020-14343"]


def test_what_people_are_taught_to_begin_with_works(scanning: Lab) -> None:
    said(scanning, "trivy", "image", "--download-db-only")
    assert "Version: 0.74.0" in said(scanning, "trivy", "--version")


def test_the_shell_completes_it(scanning: Lab) -> None:
    script = "_trivy_completion; complete -p trivy"
    assert "__start_trivy" in said(scanning, "bash", "-ic", script)


def test_a_scan_that_counts_is_not_the_learner_s(scanning: Lab) -> None:
    ruin = (
        "rm -r /root/.cache/trivy; echo LAB-2026-0001 >/root/.trivyignore; echo 'severity: [LOW]' >/root/trivy.yaml"
    )
    shell(scanning, ruin)
    again = scan_stored(scanning.running().node, IMAGE)
    assert again.found == kept(scanning).found
    assert "scan" not in shell(scanning, "ls -A /var/lib/ckslab")
