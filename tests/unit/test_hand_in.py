"""Handing in: the archive of a lab is graded as the lab's own files are, and its word is that of a stranger."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ckslab.cluster import binaries
from ckslab.cluster.node.log_keeper import KUBELET_LOGS
from ckslab.errors import UsageError
from ckslab.evidence import FileFact
from ckslab.grading.grade import NO_DRAW, OTHER_DRAW
from ckslab.grading.report import Report, exit_code
from ckslab.handed_in import open_handed_in
from ckslab.handed_in.lab_document import read_lab_document
from ckslab.lab import catalogue
from ckslab.lab.archive import LEFT_OUT, hand_in
from ckslab.lab.grade_files import CHANGED, grade_handed_in
from ckslab.scenario.answers.model import SOLUTION
from tests.support.answers_on_files import (
    IMAGES,
    MANIFEST,
    NONCE,
    SCENARIOS,
    applied,
    every_answer,
    scenario,
    untouched,
)
from tests.support.lab_of_answer import LabOfFolder, drawable, lab_of, left_by, with_files

ROOTS = sorted({folder.parent for folder in SCENARIOS.values()})


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    monkeypatch.setattr(binaries, "locate", lambda names: {one: binaries.Missing(one, "", "") for one in names})


def packed(lab: LabOfFolder, tmp_path: Path) -> Path:
    path = tmp_path / "handed-in.tar.gz"
    path.write_bytes(hand_in(lab).data)
    return path


def graded(path: Path, scenario: str | None = None) -> Report:
    return grade_handed_in(path, scenario, ROOTS)


def outcomes(report: Report) -> dict[str, tuple[str, int]]:
    return {check.id: (check.outcome, check.earned) for check in report.checks}


LABS = [(name, answer, *one) for name, answer in every_answer() for one in drawable(name, answer)[:2]]


@pytest.mark.parametrize(("name", "answer", "drawn", "seed"), LABS)
def test_an_archive_gets_the_grade_that_the_labs_own_files_get(
    name: str, answer: str, drawn: tuple[str, ...], seed: int, tmp_path: Path
) -> None:
    left = left_by(name, answer, drawn)
    report = graded(packed(lab_of(left, seed, tmp_path / "node"), tmp_path))
    known = left.graded
    told = {one.check.id: (one.outcome, one.earned) for one in known.checks}
    tried = {*told} - {*outcomes(report)}  # with gator, which is not here
    assert outcomes(report) == {name: one for name, one in told.items() if name not in tried}
    assert {told[name][0] for name in tried} <= {"unknown"}
    assert set(report.not_graded) == {*known.not_graded, *tried}
    assert (report.scenario, report.seed, report.from_lab) == (name, seed, name)
    assert report.notes == ()


def test_labs_with_faults_are_among_them() -> None:
    assert len({(name, drawn) for name, _, drawn, _ in LABS if drawn}) >= 2
    assert {name for name, *_ in LABS} == set(SCENARIOS)


@pytest.fixture
def complete(tmp_path: Path) -> Callable[..., Path]:
    """An archive of ipw-complete's solution, whose lab.json may be changed, or left out."""

    def make(
        change: Callable[[dict[str, Any]], object] | None = None, name: str = "ipw-complete", **files: bytes
    ) -> Path:
        drawn, seed = drawable(name, SOLUTION)[0]
        left = with_files(left_by(name, SOLUTION, drawn), {f"/{path}": data for path, data in files.items()})
        path = packed(lab_of(left, seed, tmp_path / "node"), tmp_path)
        return path if change is None else changed(path, change)

    return make


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The archive with another lab.json."""
    out = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old:
            data = old.extractfile(member).read() if member.isreg() else b""  # type: ignore[union-attr]
            if member.name == "lab.json":
                document = json.loads(data)
                result = change(document)
                data = result if isinstance(result, bytes) else json.dumps(document).encode()
                member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    path.write_bytes(gzip.compress(out.getvalue()))
    return path


def test_the_archive_holds_what_the_checks_read_and_nothing_else(complete: Callable[..., Path]) -> None:
    path = complete(**{"root/.bash_history": b"secret", "etc/kubernetes/admin.conf": b"key"})
    with tarfile.open(path) as tar:
        names = {member.name for member in tar if member.isreg()}
    assert {"lab.json", f"node{MANIFEST}", "node/etc/kubernetes/admission/kubeconf"} <= names
    assert not {name for name in names if "bash_history" in name or "admin.conf" in name}
    assert b"secret" not in gzip.decompress(path.read_bytes())


def test_what_the_lab_says_of_itself_has_no_private_key(complete: Callable[..., Path]) -> None:
    with tarfile.open(complete()) as tar:
        file = tar.extractfile("lab.json")
        assert file is not None
        text = file.read().decode()
    said = json.loads(text)
    assert "PRIVATE" not in text
    assert (said["scenario"], said["nonce"], said["lab"]) == ("ipw-complete", NONCE, "ipw-complete")
    assert set(said["services"]["scanner"]["values"]) == {"ca", "certificate", "client-ca"}


def test_an_archive_tells_what_lies_elsewhere_on_the_node_and_does_not_hold_it(tmp_path: Path) -> None:
    left = left_by("verify-binaries", "removed by hand, and listed as an editor elsewhere writes it", ())
    [one, _] = sorted(left.initial.keys() - left.files)
    path = packed(lab_of(with_files(left, {"/srv/deep/x": left.initial[one]}), 0, tmp_path / "node"), tmp_path)
    told = {check.observed: check.outcome for check in graded(path).checks if check.id in ("altered", "nearly")}
    assert told == {"its content is still there, as /srv/deep/x": "fail", "": "pass"}
    assert left.initial[one] not in gzip.decompress(path.read_bytes())
    untold = outcomes(graded(changed(path, lambda said: said.pop("copies"))))
    assert (untold["altered"][0], untold["nearly"][0]) == ("unknown", "unknown")

    def unread(said: dict[str, Any]) -> None:
        said["copies"] = [{**copies, "found": "", "unread": "/a: too deep"} for copies in said["copies"]]

    path = packed(lab_of(left, 0, tmp_path / "again"), tmp_path)
    assert outcomes(graded(changed(path, unread)))["altered"][0] == "unknown"


def test_keys_of_the_cluster_are_left_out_wherever_they_lie(tmp_path: Path) -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    left = left_by("ipw-complete", SOLUTION, ())
    left = replace(left, initial={**left.initial, "/etc/kubernetes/pki/sa.key": key})
    left = with_files(left, {"/etc/kubernetes/admission/client.key": key, "/etc/kubernetes/manifests/a": key})
    path = packed(lab_of(left, 0, tmp_path / "node"), tmp_path)
    assert key not in gzip.decompress(path.read_bytes())
    assert LEFT_OUT in gzip.decompress(path.read_bytes())


def test_links_are_links_in_the_archive(tmp_path: Path) -> None:
    lab = lab_of(left_by("ipw-complete", SOLUTION, ()), 0, tmp_path / "node")
    folder = lab.root / "etc/kubernetes"
    (folder / "admission").rename(lab.root / "srv")
    (lab.root / "data").symlink_to("srv")
    (folder / "admission").symlink_to("/data")
    (lab.root / "srv/kubeconf").rename(lab.root / "srv/real")
    (lab.root / "srv/kubeconf").symlink_to("../etc/../data/real")
    here, there = lab.root, packed(lab, tmp_path)
    for path in ("/etc/kubernetes/admission", "/etc/kubernetes/admission/kubeconf", MANIFEST):
        with open_handed_in(here).reader() as one, open_handed_in(there).reader() as other:
            first, second = one.file(path), other.file(path)
        assert (first.kind, first.real, first.sha256) == (second.kind, second.real, second.sha256)
        assert isinstance(second, FileFact)
        assert second.kind != "absent"


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2 << 30)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)  # a socket's path has 107 bytes at most


@pytest.mark.parametrize(("lay", "kind"), [(_large, "too-large"), (_socket, "fifo"), (os.mkfifo, "fifo")])
def test_what_lies_somewhere_and_is_not_read_is_not_absent_in_the_archive(
    lay: Callable[[Path], None], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of two GB, a pipe or a socket at a path is something else than nothing there."""
    lab = lab_of(left_by("ipw-complete", SOLUTION, ()), 0, tmp_path / "node")
    kubeconf = lab.root / "etc/kubernetes/admission/kubeconf"
    kubeconf.unlink()
    monkeypatch.chdir(kubeconf.parent)
    lay(kubeconf)
    path = packed(lab, tmp_path)
    assert path.stat().st_size < 100_000
    with open_handed_in(path).reader() as reader:
        assert reader.file("/etc/kubernetes/admission/kubeconf").kind == kind


def test_a_large_file_in_the_archive_is_a_hole_to_other_programs_too(tmp_path: Path) -> None:
    lab = lab_of(left_by("ipw-complete", SOLUTION, ()), 0, tmp_path / "node")
    with (lab.root / "etc/kubernetes/admission/kubeconf").open("wb") as file:
        file.truncate(3 << 20)
    path = packed(lab, tmp_path)
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xzf", path, "-C", tmp_path / "out"], check=True)
    out = tmp_path / "out/node/etc/kubernetes/admission/kubeconf"
    assert (out.stat().st_size, out.stat().st_blocks) == (3 << 20, 0)
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path / "again", filter="data")
    assert (tmp_path / "again/node/etc/kubernetes/admission/kubeconf").stat().st_size == 3 << 20


def test_without_the_labs_word_what_depends_on_it_is_undecided_and_the_way_is_told(tmp_path: Path) -> None:
    folder = left_by("ipw-complete", SOLUTION, ()).lay(tmp_path / "node")
    report = graded(folder, "ipw-complete")
    trust = next(check for check in report.checks if check.id == "trust")
    assert (trust.outcome, exit_code(report), report.from_lab) == ("unknown", 3, "")
    assert "ckslab hand-in" in trust.observed


def test_the_scenario_need_not_be_named_where_the_archive_names_it(
    complete: Callable[..., Path], tmp_path: Path
) -> None:
    path = complete()
    assert graded(path).passed
    assert graded(path, "ipw-complete").passed
    with pytest.raises(UsageError, match=r"was handed in for ipw-complete, not for ipw-tls"):
        graded(path, "ipw-tls")
    (tmp_path / "plain/etc").mkdir(parents=True)
    with pytest.raises(UsageError, match="does not say of which scenario"):
        graded(tmp_path / "plain")


PINS = "digest-pin-apiserver"


@pytest.fixture
def pinned(tmp_path: Path) -> Callable[..., Path]:
    """An archive of a lab whose API server's manifest has this `image:`, and what was written down."""

    def make(named: str, noted: str, change: Callable[[dict[str, Any]], object] | None = None) -> Path:
        new = untouched(PINS, ())
        manifest = new.files[MANIFEST].replace(b"registry.k8s.io/kube-apiserver:v1.35.4", named.encode())
        left = with_files(new, {MANIFEST: manifest, "/opt/lab/apiserver.digest": noted.encode()})
        path = packed(lab_of(left, 0, tmp_path / "node"), tmp_path)
        return path if change is None else changed(path, change)

    return make


OWN = next(image for image in IMAGES if "kube-apiserver" in image.title)
[DIGEST], [ID] = OWN.digests, OWN.ids
[ETCD] = next(image for image in IMAGES if "etcd" in image.title).digests
NAMED = f"registry.k8s.io/kube-apiserver@{DIGEST}"


@pytest.mark.parametrize(
    ("named", "noted", "failing"),
    [
        (NAMED, DIGEST, set()),
        (ID, ID, set()),
        (NAMED, ID, {"noted"}),
        (NAMED.replace(DIGEST, ETCD), DIGEST, {"digest"}),
        (NAMED[:-1], DIGEST, {"pinned", "digest"}),
    ],
)
def test_an_archive_tells_which_digests_the_labs_images_had(
    pinned: Callable[..., Path], named: str, noted: str, failing: set[str]
) -> None:
    report = graded(pinned(named, noted))
    assert {check.id for check in report.checks if check.outcome == "fail"} == failing
    assert not [check.id for check in report.checks if check.outcome == "unknown" and not check.after]
    assert report.not_graded == ("runs",)


def test_digests_of_which_the_lab_does_not_tell_are_undecided(pinned: Callable[..., Path]) -> None:
    def without(said: dict[str, Any]) -> None:
        del said["initial_images"]

    for change in (without, lambda said: said["initial_images"].update(images=[])):
        found = outcomes(graded(pinned(NAMED, DIGEST, change)))
        assert {name: outcome for name, (outcome, _) in found.items()} == {
            "pinned": "pass",
            "digest": "unknown",
            "noted": "unknown",
        }


@pytest.mark.parametrize(
    "said",
    [
        7,
        {"pods": {}, "images": [{"names": [], "digests": ["sha256:0"], "ids": []}]},
        {"pods": {"kube-apiserver": "a\nb"}, "images": []},
        {"pods": {}, "images": [{"names": ["a"], "digests": [], "ids": []}] * 501},
    ],
)
def test_images_that_make_no_sense_are_refused_with_their_place(pinned: Callable[..., Path], said: Any) -> None:
    with pytest.raises(UsageError, match=r"lab\.json: initial_images"):
        graded(pinned(NAMED, DIGEST, lambda document: document.update(initial_images=said)))


def test_unpacked_in_a_folder_it_is_the_same(complete: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "class/alice"
    with tarfile.open(complete()) as tar:
        tar.extractall(folder, filter="data")
    assert graded(folder).passed
    report = graded(folder.parent)
    assert report.passed
    assert "'alice'" in report.notes[0]


def test_faults_of_another_version_of_the_scenario_are_not_known(complete: Callable[..., Path]) -> None:
    line = b"E1126 16:33:46.478112 1 run.go:72] command failed: failed to apply admission\n"
    written = {"opt/lab/ipw/cause.txt": line, KUBELET_LOGS[0].lstrip("/"): line}
    report = graded(complete(lambda said: said.update(digest="0" * 64), "ipw-debug-down", **written))
    cause = next(check for check in report.checks if check.id == "cause")
    assert cause.outcome == "unknown"
    assert "another version" in cause.observed
    assert report.notes == (CHANGED,)


BY_HAND = "removed by hand, and listed as an editor elsewhere writes it"


def test_what_a_lab_has_drawn_is_known_from_its_archive(tmp_path: Path) -> None:
    left = left_by("verify-binaries", BY_HAND, ())
    path = packed(lab_of(left, 0, tmp_path / "node"), tmp_path)
    report = graded(path)
    assert (report.passed, report.score, report.undecided) == (True, 100, 0)
    another = graded(changed(path, lambda said: said.update(seed=1)))
    assert not another.passed
    changed(path, lambda said: said.update(seed=0, digest="0" * 64))
    report = graded(path)
    assert {check.outcome for check in report.checks} == {"unknown"}
    assert {check.observed for check in report.checks if not check.after} == {OTHER_DRAW}
    assert report.notes == (CHANGED,)


def test_what_a_lab_has_drawn_is_not_guessed_from_its_files(tmp_path: Path) -> None:
    folder = left_by("verify-binaries", BY_HAND, ()).lay(tmp_path / "node")
    for handed in (folder, folder / "opt"):
        report = graded(handed, "verify-binaries")
        assert exit_code(report) == 3
        assert {check.observed for check in report.checks if not check.after} == {NO_DRAW}


BIN = Path("opt/lab/bin")


@pytest.mark.parametrize("lay", [_large, _socket, os.mkfifo, Path.mkdir, Path.touch])
def test_whatever_lies_in_the_place_of_a_deleted_file_is_the_same_in_the_archive(
    lay: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = lab_of(left_by("verify-binaries", BY_HAND, ()), 0, tmp_path / "node")
    monkeypatch.chdir(lab.root / BIN)
    name = lab.scenario.words["${altered}"]
    lay(lab.root / BIN / name)
    report = graded(packed(lab, tmp_path))
    altered, nearly, *_ = report.checks
    assert (altered.outcome, nearly.outcome) == ("fail", "pass")
    assert f"{name} is still there" in altered.observed


def test_a_renamed_file_is_found_in_the_archive_however_deep(tmp_path: Path) -> None:
    left = left_by("verify-binaries", BY_HAND, ())
    words = scenario("verify-binaries").words
    bad = left.initial[f"/{BIN}/{words['${nearly}']}"]
    left = with_files(left, {f"/{BIN}/a/b/c": bad, f"/{BIN}/x": b"x" * 100})
    altered, nearly, *_ = graded(packed(lab_of(left, 0, tmp_path / "node"), tmp_path)).checks
    assert (altered.outcome, nearly.outcome) == ("pass", "fail")
    assert nearly.observed == f"its content is still there, as /{BIN}/a/b/c"


def test_a_service_that_the_lab_does_not_tell_of_is_undecided(complete: Callable[..., Path]) -> None:
    for change in (
        lambda said: said.update(services={}),
        lambda said: said["services"]["scanner"].update(kind="other"),
    ):
        report = graded(complete(change))
        assert {check.id: check.after for check in report.checks if check.outcome == "unknown"} == {
            "trust": (),
            "places": ("trust",),
        }


HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "no JSON": lambda _: b"lab",
    "not UTF-8": lambda _: b'{"format": "\xff"}',
    "a list": lambda _: b"[]",
    "nothing": lambda _: b"",
    "deep": lambda _: b"[" * 100_000,
    "huge": lambda _: b'"' + b"x" * (1 << 20) + b'"',
    "a number that is none": lambda said: said.update(seed=float("nan")),
    "a seed of many digits": lambda said: said.update(seed=10**400),
    "a seed below zero": lambda said: said.update(seed=-1),
    "another format": lambda said: said.update(format=2),
    "no nonce": lambda said: said.pop("nonce"),
    "a nonce that is a pattern": lambda said: said.update(nonce=".*.*"),
    "a scenario that is a path": lambda said: said.update(scenario="../../etc"),
    "a lab with a line break": lambda said: said.update(lab="a\nb"),
    "escapes for the terminal": lambda said: said.update(started_at="\x1b[2J"),
    "a service that is a word": lambda said: said.update(services={"scanner": "x"}),
    "a certificate that is none": lambda said: said["services"]["scanner"]["values"].update(
        certificate="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    ),
    "half a certificate": lambda said: said["services"]["scanner"]["values"].update(
        ca="-----BEGIN CERTIFICATE-----\n"
    ),
    "a private key": lambda said: said["services"]["scanner"]["values"].update(
        ca="-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    ),
    "a digest that is none": lambda said: said.update(initial_files={"/a": {"kind": "file", "sha256": "x"}}),
    "a kind that is none": lambda said: said.update(initial_files={"/a": {"kind": "sun"}}),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_word_that_cannot_be_read_is_refused_with_its_place(
    complete: Callable[..., Path], change: Callable[[dict[str, Any]], object]
) -> None:
    path = complete(change)
    with pytest.raises(UsageError, match=r"lab\.json") as caught:
        graded(path)
    assert str(path) in caught.value.message
    assert "ckslab hand-in" in caught.value.advice
    assert "Value error" not in caught.value.message
    assert len(caught.value.message) < 600


def test_a_certificate_of_another_lab_fails_nothing_but_what_it_is_about(complete: Callable[..., Path]) -> None:
    """Who makes up lab.json gets what files that are made up get: a verdict on what was handed in."""
    other = {one.name: one for one in left_by("ipw-tls", SOLUTION, applied("ipw-tls", SOLUTION)[0]).services}
    values = dict(next(iter(other.values())).values)
    report = graded(complete(lambda said: said["services"]["scanner"].update(values=values)))
    assert {check.id: check.after for check in report.checks if check.outcome != "pass"} == {
        "trust": (),
        "places": ("trust",),
    }


def test_the_document_is_read_as_it_was_written(complete: Callable[..., Path]) -> None:
    files = open_handed_in(complete())
    assert files.lab is not None
    said = read_lab_document(files.lab, "x")
    assert json.loads(files.lab) == said.model_dump(mode="json")
    assert files.whole


def test_what_asks_for_the_labs_nonce_is_decided_by_an_archive(complete: Callable[..., Path]) -> None:
    assert any(check.waits_for for check in catalogue.load_scenario("ipw-classic", ROOTS).checks)
    report = graded(complete(name="ipw-classic"))
    assert not report.undecided
