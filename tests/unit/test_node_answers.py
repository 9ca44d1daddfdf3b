"""What a node answers is validated: what makes no sense costs its own fact, never a grade."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.cluster.labnode.answers import starts_of
from ckslab.control_plane.look import look
from ckslab.errors import LabError
from ckslab.evidence import FileFact, FolderFact, Unavailable
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.needs.collect import collect
from ckslab.needs.files import FileNeed, FolderNeed
from ckslab.needs.sources import Sources
from ckslab.services.image_scanner.running import RunningScanner

START = {
    "pid": 7,
    "starttime": 1,
    "seen": "2026-01-02T03:04:05.123456789Z",
    "argv": ["kube-apiserver", "--v=1"],
    "files": {"/etc/x": "ab"},
    "mounts": ["/etc/x"],
    "ended": False,
}


def file(path: str, text: str = "x", **changes: Any) -> dict[str, Any]:
    data = base64.b64encode(text.encode()).decode()
    known = {"path": path, "kind": "file", "real": path, "mode": 0o644, "uid": 0, "size": len(text), "sha256": "d"}
    return {**known, "data": data, "entries": None, "reason": "", **changes}


def folder(path: str, *names: str) -> dict[str, Any]:
    return file(path, kind="folder", data=None, entries=list(names))


def node(stdout: str | bytes | dict[str, Any], code: int = 0) -> Any:
    data = json.dumps(stdout) if isinstance(stdout, dict) else stdout
    done = SimpleNamespace(returncode=code, stdout=data.encode() if isinstance(data, str) else data, stderr=b"why")
    return SimpleNamespace(run=lambda argv, **_: done)


def collected(answer: Any, *needs: Any) -> Any:
    return collect(Sources(node(answer), None, None, None, {}))(frozenset(needs))  # type: ignore[arg-type]


def test_a_files_content_comes_as_it_is_or_as_binary() -> None:
    binary = file("/b", data=base64.b64encode(b"\xff\xfe").decode())
    facts = collected({"/a": file("/a", "ä\n"), "/b": binary}, FileNeed("/a"), FileNeed("/b"))
    assert facts[FileNeed("/a")] == FileFact("/a", "file", "/a", 0o644, 0, 2, "d", "ä\n", "utf-8")
    assert (facts[FileNeed("/b")].text, facts[FileNeed("/b")].encoding) == (None, "binary")


def test_a_folder_comes_with_what_lies_in_it() -> None:
    answer = {"/f": folder("/f", "a"), "/f/a": file("/f/a")}
    fact = collected(answer, FolderNeed("/f"))[FolderNeed("/f")]
    assert isinstance(fact, FolderFact)
    assert list(fact.files) == ["a"]


@pytest.mark.parametrize(
    "bad", [None, [], "x", {}, file("/a", kind="wormhole"), file("/a", mode="rw"), file("/a", data=5)]
)
def test_an_answer_that_makes_no_sense_costs_its_own_need_alone(bad: Any) -> None:
    answer = {"/a": bad, "/b": file("/b"), "/f": folder("/f", "a"), "/f/a": bad}
    facts = collected(answer, FileNeed("/a"), FileNeed("/b"), FolderNeed("/f"))
    assert facts[FileNeed("/a")] == Unavailable("the node's answer about /a makes no sense")
    assert facts[FolderNeed("/f")] == Unavailable("the node's answer about /f makes no sense")
    assert isinstance(facts[FileNeed("/b")], FileFact)


@pytest.mark.parametrize("answer", ["", "{", "[]", "null", "5", b"\xff"])
def test_files_that_cannot_be_told_at_all_are_unavailable(answer: Any) -> None:
    fact = collected(answer, FileNeed("/a"))[FileNeed("/a")]
    assert isinstance(fact, Unavailable)
    assert fact.reason == "the node's answer about its files cannot be read"


def seen(**changes: Any) -> dict[str, Any]:
    log = ["2026-01-02T03:04:05.1Z stderr F I0102 ready", "no time stamp"]
    known = {"now": 10.5, "starts": [START], "log_path": "/var/log/x/3.log", "changed": 4.25, "log": log}
    return {"files": {MANIFESTS: folder(MANIFESTS)}, **known, **changes}


def test_a_look_is_one_object() -> None:
    found = look(node(seen()))
    assert (found.now, found.changed, found.log_path) == (10.5, 4.25, "/var/log/x/3.log")
    assert found.log == ("I0102 ready", "no time stamp")
    assert found.live is not None
    assert found.live.argv == ("kube-apiserver", "--v=1")
    assert found.live.seen == pytest.approx(1767323045.123456)


@pytest.mark.parametrize(
    "bad", [{}, None, [], "x", {**START, "seen": "yesterday"}, {**START, "argv": 5}, {**START, "files": ["x"]}]
)
def test_a_recorded_start_that_makes_no_sense_is_left_out(bad: Any) -> None:
    assert len(look(node(seen(starts=[START, bad]))).starts) == 1
    assert look(node(seen(starts=[bad]))).live is None


def test_go_writes_nothing_as_null() -> None:
    [start] = starts_of([{**START, "argv": None, "files": None, "mounts": None}])
    assert (start.argv, dict(start.files), dict(start.later), start.mounts) == ((), {}, {}, ())


@pytest.mark.parametrize(
    "answer", ["", "nonsense", "[]", seen(now="late"), seen(log=None), seen(files={}), seen(files={MANIFESTS: {}})]
)
def test_a_look_that_makes_no_sense_says_so(answer: Any) -> None:
    with pytest.raises(LabError, match="the node's"):
        look(node(answer))
    with pytest.raises(LabError, match="state cannot be read"):
        look(node(seen(), code=1))


NONCE_KEY = "ckslab.image-policy.k8s.io/nonce"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "[1]",
        "5",
        "null",
        '{"images": ["x"], "all',
        "{}",
        json.dumps({"annotations": {NONCE_KEY: "n"}, "allowed": True}),
        json.dumps({"annotations": [NONCE_KEY], "images": [], "allowed": True}),
        json.dumps({"annotations": {NONCE_KEY: "n"}, "images": 5, "allowed": True}),
    ],
)
def test_a_line_of_a_scanners_log_that_makes_no_sense_is_passed_over(bad: str) -> None:
    good = {"annotations": {NONCE_KEY: "n"}, "images": ["x:1"], "allowed": False, "reason": "no", "time": "now"}
    text = "\n".join([bad, json.dumps(good), bad])
    reviews = RunningScanner("scanner").reviews(node(text))
    assert [(one.images, one.allowed, one.reason) for one in reviews["n"]] == [(("x:1",), False, "no")]


def test_a_request_without_a_nonce_is_nobodys_probe() -> None:
    line = json.dumps({"annotations": None, "images": None, "allowed": True, "reason": ""})
    assert RunningScanner("scanner").reviews(node(line)) == {}
