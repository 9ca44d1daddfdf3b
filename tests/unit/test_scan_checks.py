"""What a scan gives as an answer, and a learner's report compared with the lab's own scan."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Fact, Finding, Need, Unavailable
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.needs.initial_image import InitialImageFact, InitialImageNeed
from ckslab.needs.scan import ScanNeed
from ckslab.scanning.report import ScanReport, Vulnerability, read_report
from tests.support.checks_evidence import judge, node

PATH = "/opt/lab/answer"
IMAGE_ID, OTHER_ID = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
GRPC = Vulnerability("CVE-2026-33186", "google.golang.org/grpc", "v1.72.2", "CRITICAL", "1.79.3")
MADE_UP = Vulnerability("LAB-2026-0001", "k8s.io/kube-aggregator", "v0.35.4", "CRITICAL")
OTEL = Vulnerability("CVE-2026-24051", "go.opentelemetry.io/otel/sdk", "v1.36.0", "HIGH", "1.40.0")
UNFIXED = Vulnerability("LAB-2026-0002", "k8s.io/pod-security-admission", "v0.35.4", "HIGH")
MEDIUM = Vulnerability("LAB-2026-0005", "k8s.io/component-base", "v0.35.4", "MEDIUM", "1000.0.0")
ALL = (GRPC, MADE_UP, OTEL, UNFIXED, MEDIUM)
NAME = "registry.k8s.io/kube-apiserver"
OWN = ScanReport(f"{NAME}:v1.35.4", IMAGE_ID, ("sha256:1",), frozenset(ALL))
CLEAN = ScanReport("shop/clean:1", OTHER_ID, ("sha256:2",), frozenset({MEDIUM}))
SCANS: dict[Need, Fact] = {
    ScanNeed(pod="kube-apiserver"): OWN,
    ScanNeed(image="shop/dirty:1"): OWN,
    ScanNeed(image="shop/clean:1"): CLEAN,
}


def said(parameters: dict[str, Any], text: str, facts: dict[Need, Fact] | None = None) -> Finding:
    return judge("answer-file", {"path": PATH, **parameters}, node({PATH: text}, SCANS if facts is None else facts))


def lines(found: Iterable[Vulnerability]) -> str:
    return "".join(f"{one.id} {one.package}\n" for one in found)


CRITICAL = {"scanned": {"pod": "kube-apiserver", "severities": ["CRITICAL"]}}


@pytest.mark.parametrize(
    "text",
    [
        lines([GRPC, MADE_UP]),
        lines([MADE_UP, GRPC, GRPC]),
        f"\ufeff  {GRPC.id}\t{GRPC.package}\r\n\r\n{MADE_UP.package}   {MADE_UP.id}",
    ],
    ids=["as asked", "in another order, and twice", "as an editor elsewhere writes it"],
)
def test_findings_are_right_in_any_order_and_spacing(text: str) -> None:
    assert said(CRITICAL, text).outcome == "pass"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (lines([GRPC]), "1 right, 1 missing"),
        (lines([GRPC, MADE_UP, OTEL]), "is HIGH."),
        (lines([GRPC, MADE_UP]) + "Total: 2 (CRITICAL: 2)\n", "not an answer: Total: 2 (CRITICAL: 2)"),
        (f"{GRPC.id}\n{MADE_UP.id}\n", "not an answer"),
        (f"{GRPC.id} {MADE_UP.package}\n{MADE_UP.id} {GRPC.package}\n", "not an answer"),
        (lines([GRPC, MADE_UP]).replace(" ", ", "), "not an answer"),
        (json.dumps({"Results": []}), "not an answer"),
        *((lines([GRPC, MADE_UP]).strip().replace("\n", end), "not an answer") for end in "\f\v\x1c\x85\u2028\r"),
        ("\n", "the file is empty"),
    ],
)
def test_what_is_missing_or_too_much_is_told(text: str, told: str) -> None:
    finding = said(CRITICAL, text)
    assert finding.outcome == "fail"
    assert told in f"{finding.observed} {finding.message}"


def test_only_what_has_a_fix_may_be_asked_for() -> None:
    asked = {"scanned": {"pod": "kube-apiserver", "severities": ["CRITICAL"], "fixed": True}}
    assert said(asked, lines([GRPC])).outcome == "pass"
    assert "has no fix" in said(asked, lines([GRPC, MADE_UP])).message


IMAGES = {"images": {"dirty": "shop/dirty:1", "both": ["shop/clean:1", "shop/dirty:1"], "clean": "shop/clean:1"}}


def test_names_are_those_of_whose_images_one_has_such_a_finding_or_none_has() -> None:
    assert said({"scanned": IMAGES | {"severities": ["CRITICAL"]}}, "both\ndirty\n").outcome == "pass"
    assert said({"scanned": IMAGES | {"severities": ["CRITICAL"], "clean": True}}, "clean").outcome == "pass"
    assert said({"scanned": IMAGES | {"ids": [MEDIUM.id]}}, "both\ndirty\nclean\n").outcome == "pass"
    assert said({"scanned": IMAGES | {"severities": ["CRITICAL"]}}, "both\ndirty\nclean\n").outcome == "fail"


def test_without_a_scan_the_answer_is_undecided() -> None:
    unknown: dict[Need, Fact] = {ScanNeed(pod="kube-apiserver"): Unavailable("this lab kept no scans")}
    assert said(CRITICAL, lines([GRPC]), unknown).outcome == "unknown"


@pytest.mark.parametrize(
    "scanned",
    [
        {},
        {"pod": "a", "image": "b"},
        {"pod": "a", "images": {"x": "y"}},
        {"pod": "a", "clean": True},
        {"images": {"x": []}},
        {"pod": "a", "severities": ["BAD"]},
    ],
)
def test_what_says_nothing_is_refused(scanned: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHECK_TYPES["answer-file"].params.model_validate({"path": PATH, "scanned": scanned})


def test_entries_come_from_one_place() -> None:
    with pytest.raises(ValidationError, match="give one"):
        CHECK_TYPES["answer-file"].params.model_validate({"path": PATH, "set": ["a"], **CRITICAL})


# reports ------------------------------------------------------------------------------------------------------


def report(found: Iterable[Vulnerability], image_id: str = IMAGE_ID, **more: Any) -> dict[str, Any]:
    """As Trivy 0.74 writes it, with fields that nobody here asks for."""
    listed = [
        {
            "VulnerabilityID": one.id,
            "PkgName": one.package,
            "InstalledVersion": one.installed,
            "Severity": one.severity,
            "Status": "fixed" if one.fixed else "affected",
            **({"FixedVersion": one.fixed} if one.fixed else {}),
        }
        for one in found
    ]
    results = [{"Target": "usr/local/bin/kube-apiserver", "Class": "lang-pkgs", "Vulnerabilities": listed}]
    return {
        "SchemaVersion": 2,
        "Trivy": {"Version": "0.74.0"},
        "ArtifactName": f"{NAME}:v1.35.4",
        "ArtifactType": "container_image",
        "Metadata": {"Size": 103357952, "ImageID": image_id, "DiffIDs": ["sha256:1"]},
        "Results": results if listed else [{"Target": "a", "Class": "os-pkgs"}],
        **more,
    }


ASKED = {"pod": "kube-apiserver", "findings": {"severities": ["HIGH", "CRITICAL"], "fixed": True}}
ASPECTS = ("form", "severities", "fixed")
STRANGE = Vulnerability("CVE-2000-1", "x", "1", "HIGH", "2")


def graded(document: Any, aspect: str | None = None, asked: dict[str, Any] = ASKED) -> Finding:
    text = document if isinstance(document, str) else json.dumps(document)
    parameters = {"path": PATH, **asked, **({"aspect": aspect} if aspect else {})}
    return judge("scan-report", parameters, node({PATH: text}, SCANS))


def outcomes(document: Any) -> dict[str, str]:
    return {aspect: graded(document, aspect).outcome for aspect in ASPECTS}


RIGHT: list[Callable[[], Any]] = [
    lambda: report([GRPC, OTEL]),
    lambda: report([OTEL, GRPC, OTEL]),
    lambda: json.dumps(report([GRPC, OTEL]), indent=8),
    lambda: "\ufeff" + json.dumps(report([GRPC, OTEL])) + "\r\n\r\n",
    # one result each, as where several programs are in an image
    lambda: report([], Results=report([GRPC])["Results"] + report([OTEL])["Results"] + [{"Target": "none"}]),
    # of an SBOM that does not name the image: no ID and no layers
    lambda: report([GRPC, OTEL], Metadata={}, ArtifactType="cyclonedx", ArtifactName="/root/sbom.json"),
    # of a later Trivy
    lambda: report([GRPC, OTEL], NewField={"a": [1]}, CreatedAt="2030-01-01T00:00:00Z"),
]


@pytest.mark.parametrize("make", RIGHT)
def test_a_right_report_passes_in_every_form(make: Callable[[], Any]) -> None:
    assert graded(make()).outcome == "pass"
    assert outcomes(make()) == dict.fromkeys(ASPECTS, "pass")


@pytest.mark.parametrize(
    ("document", "failing"),
    [
        (report([GRPC, OTEL, MEDIUM]), ["severities"]),
        (report([GRPC, OTEL, MADE_UP, UNFIXED]), ["fixed"]),
        (report(ALL), ["severities", "fixed"]),
        (report([GRPC]), ["severities", "fixed"]),
        (report([]), ["form", "severities", "fixed"]),
        ({"SchemaVersion": 2, "Results": []}, ["form", "severities", "fixed"]),
        (report([GRPC, OTEL], OTHER_ID), ["form", "severities", "fixed"]),
        # a scan of a folder, or written by hand: no image's ID, and findings that this image has not
        (report([GRPC, STRANGE], Metadata={}), ["form", "severities", "fixed"]),
        (report([GRPC, OTEL], Metadata={"DiffIDs": ["sha256:1"]}), ["form", "severities", "fixed"]),
    ],
    ids=[
        *("MEDIUM, too", "unfixed ones, too", "everything", "one is missing", "nothing", "bare", "another image"),
        *("no ID, and other findings", "layers without an ID"),
    ],
)
def test_each_mistake_fails_its_aspect(document: Any, failing: list[str]) -> None:
    assert [aspect for aspect, outcome in outcomes(document).items() if outcome == "fail"] == failing
    assert graded(document).outcome == "fail"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("\nReport Summary\n\n┌─────┬────┐\n", "Trivy's table, and no JSON"),
        ("Total: 4 (CRITICAL: 4)\n", "Trivy's table, and no JSON"),
        (json.dumps(report([GRPC]))[:200], "no whole JSON"),
        ("", "empty"),
        ("hello", "no JSON"),
        ("[" * 100_000, "no whole JSON"),
        ("7", "an object with SchemaVersion and Results"),
        ({"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": []}, "SARIF"),
        ({"bomFormat": "CycloneDX", "specVersion": "1.6"}, "an SBOM"),
        ({"spdxVersion": "SPDX-2.3"}, "an SBOM"),
        ({"matches": []}, "which has SchemaVersion and Results"),
        (report([GRPC], SchemaVersion=1), "SchemaVersion: input should be 2"),
        (report([GRPC], Results="many"), "Results: input should be a valid list"),
        (report([GRPC], Results=[{"Vulnerabilities": [{"PkgName": "a"}]}]), "field required"),
        (report([GRPC], OTHER_ID, ArtifactName="shop/web:1"), "it is one on shop/web:1"),
        (report([], Metadata={}), "without an image's ID, and there are no findings in it"),
        (report([STRANGE], Metadata={}), "without an image's ID, and this image has not CVE-2000-1 (x)"),
        (report([GRPC, OTEL, STRANGE]), "does not find CVE-2000-1 (x)"),
        (report([Vulnerability(GRPC.id, GRPC.package, "v1", "HIGH", "1"), OTEL]), "does not find CVE-2026-33186"),
        (
            report([OTEL, Vulnerability(GRPC.id, GRPC.package, GRPC.installed, "HIGH", "1")]),
            "another one for CVE-2026-33186",
        ),
        (report([GRPC, OTEL, MEDIUM]), "LAB-2026-0005 (k8s.io/component-base) is MEDIUM"),
        (report([GRPC, OTEL, MADE_UP]), "LAB-2026-0001 (k8s.io/kube-aggregator) has no fix"),
        (report([OTEL]), "1 of them are missing"),
    ],
)
def test_a_wrong_report_is_told_in_a_sentence(document: Any, told: str) -> None:
    finding = graded(document)
    assert finding.outcome == "fail"
    assert told in f"{finding.observed}"


def test_what_is_missing_is_not_named() -> None:
    finding = graded(report([OTEL]))
    assert GRPC.id not in f"{finding.expected} {finding.observed} {finding.message}"


def test_a_clean_image_has_a_report_without_findings() -> None:
    asked = {"image": "shop/clean:1", "findings": {"severities": ["CRITICAL"]}}
    clean = report(
        [], OTHER_ID, ArtifactName="shop/clean:1", Metadata={"ImageID": OTHER_ID, "DiffIDs": ["sha256:2"]}
    )
    assert graded(clean, asked=asked).outcome == "pass"


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda one: (
            st.lists(one)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "SchemaVersion",
                        "ArtifactName",
                        "Results",
                        "Metadata",
                        "Vulnerabilities",
                        "runs",
                        "$schema",
                        "x",
                    ]
                ),
                one,
            )
        ),
    )
)
def test_no_json_makes_the_reader_fail(value: Any) -> None:
    assert isinstance(read_report(json.dumps(value)), str | ScanReport)


# the image that is named --------------------------------------------------------------------------------------

DIGEST, INDEX, OTHER = (f"sha256:{letter * 64}" for letter in "cde")
RUNNING = StoredImage((f"{NAME}:v1.35.4", f"{NAME}@{DIGEST}"), frozenset({DIGEST, INDEX}), frozenset({IMAGE_ID}))
SCHEDULER = StoredImage(("registry.k8s.io/kube-scheduler:v1.35.4",), frozenset({OTHER}), frozenset({OTHER_ID}))
INITIAL: dict[Need, Fact] = {
    InitialImageNeed("kube-apiserver"): InitialImageFact(f"{NAME}:v1.35.4", RUNNING, (RUNNING, SCHEDULER))
}


def image(by: str, text: str) -> Finding:
    return judge("answer-image", {"path": PATH, "pod": "kube-apiserver", "by": by}, node({PATH: text}, INITIAL))


@pytest.mark.parametrize(
    "text",
    [f"{NAME}@{DIGEST}", f"{NAME}:v1.35.4@{DIGEST}\n", f"\ufeff {NAME}@{INDEX} \r\n\r\n"],
)
def test_an_image_is_named_with_or_without_its_tag_and_by_any_of_its_digests(text: str) -> None:
    assert (image("name", text).outcome, image("digest", text).outcome) == ("pass", "pass")


@pytest.mark.parametrize(
    ("text", "name", "digest", "told"),
    [
        (f"{NAME}:v1.33.1@{DIGEST}", "fail", "pass", "has not the tag v1.33.1"),
        (f"registry.k8s.io/kube-scheduler@{OTHER}", "fail", "fail", "the name of another image"),
        (f"kube-apiserver@{DIGEST}", "fail", "pass", "the name of another image"),
        (f"{NAME}@{OTHER}", "pass", "fail", "the digest of registry.k8s.io/kube-scheduler:v1.35.4"),
        (f"{NAME}@{IMAGE_ID}", "pass", "fail", "this image's ID"),
        (f"{NAME}@{DIGEST[:20]}", "pass", "fail", "it is cut"),
        (f"{NAME}@{DIGEST.upper()}", "pass", "fail", "in lower case"),
        (f"{NAME}:v1.35.4", "pass", "fail", "no digest stands after an @"),
        (DIGEST, "fail", "fail", "no digest stands after an @"),
        # an ID, which reads as the tag of an image sha256; the store's names are without those by ID
        (f"{IMAGE_ID}@{DIGEST}", "fail", "pass", "the name of another image"),
        (f"sha256@{DIGEST}", "fail", "pass", "the name of another image"),
        (f"{NAME}@{DIGEST}\f{NAME}@{DIGEST}", "pass", "fail", "hexadecimal digits and nothing else"),
        (f"image: {NAME}@{DIGEST}", "fail", "pass", "the name of no image"),
        (f"{NAME}\n{DIGEST}", "fail", "fail", "2 lines"),
        ("", "fail", "fail", "the file is empty"),
    ],
)
def test_what_only_looks_like_it_is_told(text: str, name: str, digest: str, told: str) -> None:
    findings = image("name", text), image("digest", text)
    assert tuple(one.outcome for one in findings) == (name, digest)
    assert told in " ".join(one.observed for one in findings)


def test_what_a_report_shows_as_suppressed_is_in_it() -> None:
    """As Trivy 0.74 writes it with --show-suppressed."""
    one = Vulnerability("CVE-2023-45853", "zlib1g", "1:1.2.13", "CRITICAL")
    whole = report([])
    hidden = report([one])["Results"][0]["Vulnerabilities"][0]
    whole["Results"] = [
        {"ExperimentalModifiedFindings": [{"Type": "vulnerability", "Finding": hidden}, {"Type": "x"}]}
    ]
    read = read_report(json.dumps(whole))
    assert isinstance(read, ScanReport)
    assert read.found == {one}
    whole["Results"][0]["ExperimentalModifiedFindings"][0]["Finding"] = 7
    assert isinstance(read_report(json.dumps(whole)), str)
