"""What a node answers is validated: what makes no sense costs its own fact, never a grade."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckslab.cluster.labnode.answers import starts_of
from ckslab.cluster.node.commands import MAX_LINE, log_lines
from ckslab.control_plane.config_seen import METADATA, SEEN, stamps
from ckslab.control_plane.look import look
from ckslab.errors import LabError
from ckslab.evidence import FileFact, FolderFact, Unavailable
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.kubernetes.v1_35.kubelet_settings import file_check_seconds
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


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([NONCE_KEY, MANIFESTS, "2026-01-02T03:04:05Z", "0001-01-01T00:00:00", 10**400, "x" * 5000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn, right: Any) -> Any:
    """A right answer in which anything at all stands in one place."""
    if not isinstance(right, dict | list) or not right or draw(st.integers(0, 3)) == 0:
        return draw(json_values)
    key = draw(st.sampled_from(sorted(right) if isinstance(right, dict) else range(len(right))))
    copy = dict(right) if isinstance(right, dict) else list(right)
    copy[key] = draw(damaged(right[key]))  # type: ignore[index]
    return copy


SANDBOX = {"Metadata": {"Config": {"annotations": {SEEN: "2026-01-02T03:04:05Z"}}}}
LOG_LINE = {"annotations": {NONCE_KEY: "n"}, "images": ["x:1"], "allowed": False, "reason": "no"}


def sandbox(metadata: Any) -> str:
    value = base64.b64encode(json.dumps(metadata).encode()).decode()
    return json.dumps({"Extensions": {METADATA: {"value": value}}})


PARSERS: dict[str, tuple[Any, Callable[[str], object]]] = {
    "look": (seen(), lambda text: look(node(text))),
    "files": ({"/a": file("/a"), "/b": file("/b")}, lambda text: collected(text, FileNeed("/a"), FolderNeed("/b"))),
    "scanner's log": (LOG_LINE, lambda text: RunningScanner("s").reviews(node(text))),
    "scanner's status": ({"serving": True}, lambda text: RunningScanner("s")._serves(node(text))),
    "sandbox": (SANDBOX, lambda text: list(stamps(sandbox(json.loads(text))))),
    "ctr": ({"Extensions": {METADATA: {"value": "e30="}}}, lambda text: list(stamps(text))),
    "kubelet's configuration": ({"fileCheckFrequency": "5s"}, file_check_seconds),
}


def makes_sense(read: Callable[[str], object], text: str) -> bool:
    """Whether it is read; LabError is how it is said that it is not, and nothing else is."""
    try:
        read(text)
    except LabError:
        return False
    return True


@pytest.mark.parametrize("parser", PARSERS)
@settings(max_examples=60)
@given(data=st.data())
def test_whatever_a_node_answers_is_a_fact_or_said_to_make_no_sense(parser: str, data: st.DataObject) -> None:
    right, read = PARSERS[parser]
    assert makes_sense(read, json.dumps(data.draw(damaged(right)))) in (True, False)


@pytest.mark.parametrize("parser", [name for name in PARSERS if name != "sandbox"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        "null",
        "NaN",
        "5",
        '"x"',
        "[" * 50_000,
        '{"a":' * 50_000,
        "\0",
        "1" * 10_000,
        '{"now": NaN}',
        "{} {} [1]",
    ],
    ids=lambda text: text[:8],
)
def test_so_is_what_is_no_answer_at_all(parser: str, text: str) -> None:
    assert makes_sense(PARSERS[parser][1], text) in (True, False)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1", "1e300", "null", '"5"', "true"])
def test_a_clock_that_makes_no_sense_is_no_look(number: str) -> None:
    text = json.dumps(seen()).replace('"now": 10.5', f'"now": {number}')
    if number in ('"5"', "true"):  # numbers to pydantic
        assert look(node(text)).now in (5.0, 1.0)
    else:
        with pytest.raises(LabError):
            look(node(text))


def test_a_fact_is_about_the_path_that_was_asked_for() -> None:
    fact = collected({"/a": file("/somewhere/else")}, FileNeed("/a"))[FileNeed("/a")]
    assert fact.path == "/a"


def test_a_log_line_without_end_is_cut() -> None:
    assert [len(line) for line in look(node(seen(log=["x" * 100_000]))).log] == [MAX_LINE]
    printed = subprocess.CompletedProcess([], 0, b"y" * 100_000 + b"\nz", b"")
    assert [len(line) for line in log_lines(printed)] == [MAX_LINE, 1]
