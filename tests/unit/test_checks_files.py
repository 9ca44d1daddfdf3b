"""Checks on node files: right answers in other forms pass, wrong ones fail with the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.evidence import FileFact
from ckslab.needs.lab import FaultFact, LabFact, LabNeed
from ckslab.needs.log_lines import LogLinesFact, LogLinesNeed
from tests.support.checks_evidence import GOOD, file_fact, judge, node

PATH = "/opt/lab/x"

FILE = [
    ({}, "any\n", ""),
    ({}, None, "no such file"),
    ({"is": "absent"}, None, ""),
    ({"is": "absent"}, "x", "it is a file"),
    ({"is": "absent"}, FileFact(PATH, "absent", target="/gone"), "a symbolic link to /gone"),
    ({"is": "folder"}, "x", "it is a file"),
    ({"mode": "0644"}, "x", ""),
    ({"mode": "600"}, "x", "0644"),
    ({"equals": "one"}, "one\n", ""),
    ({"equals": "one"}, "two\n", "two"),
    ({"contains": ["b", "c"]}, "abc", ""),
    ({"contains": ["b", "d"]}, "abc", "not there"),
    ({"matches": ["^b+$"]}, "a\nbbb\n", ""),
    ({"matches": ["^b+$"]}, "ab", "no line"),
    ({"forbid": ["root"]}, "USER app", ""),
    ({"forbid": ["root"]}, "a\nUSER root", "USER root"),
    ({"lines": 2}, "a\nb", ""),
    ({"lines": 2}, "a\n", "1 lines"),
]


def same(finding: Any, wrong: str) -> None:
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


@pytest.mark.parametrize(("params", "text", "wrong"), FILE)
def test_file(params: dict[str, Any], text: str | FileFact | None, wrong: str) -> None:
    same(judge("file", {"path": PATH, **params}, node({PATH: text})), wrong)


def test_file_names_the_line_and_the_entries() -> None:
    finding = judge("file", {"path": PATH, "forbid": ["root"]}, node({PATH: "a\nUSER root"}))
    assert finding.where is not None
    assert finding.where.line == 2
    evidence = node({f"{PATH}/b": "", f"{PATH}/a": ""})
    assert judge("file", {"path": PATH, "is": "folder", "entries": ["a", "b"]}, evidence).outcome == "pass"
    assert judge("file", {"path": PATH, "is": "folder", "entries": ["a"]}, evidence).outcome == "fail"


DOCUMENT = "a:\n  b:\n  - {c: 1, d: x}\n  - {c: 2}\n'x.y/z': true\nt: 'false'\n"

YAML = [
    ({"at": "a.b[0].c", "equals": 1}, ""),
    ({"at": "a.b[0].c", "equals": "1"}, "it is 1, no text"),
    ({"at": "t", "equals": False}, 'it is "false", a text'),
    ({"at": "t", "equals": 0}, 'it is "false", a text'),
    ({"at": "t", "equals": "true"}, "it is false"),
    ({"at": "a.b[*].c", "one-of": [1, 2]}, ""),
    ({"at": "a.b[*].c", "equals": 1}, "it is 2"),
    ({"at": "a.b[1].d", "absent": True}, ""),
    ({"at": "a.b[0].d", "absent": True}, "it is x"),
    ({"at": "a.b[9].d", "equals": 1}, "not set"),
    ({"at": '["x.y/z"]', "equals": True}, ""),
    ({"at": '["x.y/z"]', "equals": 1}, "it is true"),
    ({"at": "a.b[0]", "contains": ["c"]}, ""),
    ({"at": "a.b[0]", "only": ["c", "d", "e"]}, ""),
    ({"at": "a.b[0]", "only": "c"}, 'd must not be in {"c": 1, "d": "x"}'),
    ({"at": "a.b[*]", "only": ["c"]}, "d must not be in"),
    ({"at": "a.b", "only": [{"c": 1, "d": "x"}]}, '{"c": 2} must not be in'),
    ({"at": "a.b[0].d", "only": ["x"]}, "it is x"),
    ({"at": "a.b[1].d", "matches": "x"}, "not set"),
    ({"at": "a.b[0].d", "matches": "^x$"}, ""),
    ({"at": "q[*]", "equals": 1}, "not set"),
]


@pytest.mark.parametrize(("params", "wrong"), YAML)
def test_yaml_value(params: dict[str, Any], wrong: str) -> None:
    same(judge("yaml-value", {"path": PATH, **params}, node({PATH: DOCUMENT})), wrong)


def test_yaml_value_names_the_line() -> None:
    finding = judge("yaml-value", {"path": PATH, "at": "a.b[1].c", "equals": 1}, node({PATH: DOCUMENT}))
    assert finding.where is not None
    assert finding.where.line == 4
    bad = judge("yaml-value", {"path": PATH, "at": "a", "equals": 1}, node({PATH: "a: 1\nb: [\n"}))
    assert "not valid YAML" in bad.observed


ANSWER = [
    ({"set": ["a x", "b"]}, " b \n\na  x\n", ""),
    ({"set": ["a", "b"]}, "a\n", "1 missing"),
    ({"set": ["a", "b"]}, "a\nb\nc\n", "not an answer: c"),
    ({"set": ["a", "b"], "split": "words"}, "b a", ""),
    ({"set": ["a", "b"]}, "\ufeffa\r\n\r\nb \r\n", ""),
    ({"set": ["a"], "names-in": "/opt"}, "./a\n", ""),
    ({"set": ["a", "b"], "names-in": "/opt"}, "/opt/a\n../opt//b\na\n", ""),
    ({"set": ["a"], "names-in": "/"}, "/a", ""),
    ({"set": ["a"], "names-in": "/opt"}, "/opt/lab/a", "not an answer: /opt/lab/a"),
    ({"set": ["a"], "names-in": "/opt"}, "/usr/a", "not an answer: /usr/a"),
    ({"set": ["a"], "names-in": "/opt"}, "opt/a", ""),
    ({"set": ["a", "b", "c"], "names-in": "/opt/lab/bin"}, "bin/a\n./lab/bin/b\nopt/lab/bin/c", ""),
    ({"set": ["a"], "names-in": "/opt/lab"}, "bin/a", "not an answer: bin/a"),
    ({"set": ["a"], "names-in": "/opt/lab"}, "/lab/a", "not an answer: /lab/a"),
    ({"set": ["a"], "names-in": "/opt/lab"}, "../lab/x/a", "not an answer: ../lab/x/a"),
    ({"set": ["a"], "names-in": "/opt"}, ".", "not an answer: ."),
    ({"set": ["a"], "names-in": "/opt"}, "A", "not an answer: A"),
    ({"set": ["a"]}, "./a", "not an answer: ./a"),
    ({"equals": "yes"}, "yes\n", ""),
    ({"equals": "yes"}, "yes\nno\n", "yes / no"),
    ({"matches": "^sha256:[0-9a-f]{4}$"}, "sha256:abcd", ""),
    ({"matches": "^sha256:[0-9a-f]{4}$"}, "abcd", "abcd"),
    ({"must-contain": ["is forbidden: Post"]}, "pods is\nforbidden:  Post x", ""),
    ({"must-contain": ["is forbidden"]}, "connection refused", "connection refused"),
    ({"forbid": [":6443"]}, "dial tcp :6443", ":6443"),
    ({"set": ["a"]}, None, "no such file"),
    ({"set": ["a"]}, "\n", "empty"),
]


@pytest.mark.parametrize(("params", "text", "wrong"), ANSWER)
def test_answer_file(params: dict[str, Any], text: str | None, wrong: str) -> None:
    same(judge("answer-file", {"path": PATH, **params}, node({PATH: text})), wrong)


@pytest.mark.parametrize("text", ["a: OK\nb: OK", "a b", "cafe  a\nbabe *b", "a\nb, c"])
def test_a_right_entry_among_other_words_is_told_as_such(text: str) -> None:
    finding = judge("answer-file", {"path": PATH, "set": ["a", "b"]}, node({PATH: text}))
    assert (finding.outcome, finding.message) == ("fail", "One entry is a line, and nothing else is in it.")


@pytest.mark.parametrize("text", ["c\na", "cab", "abba/baab"])
def test_another_entry_is_no_right_one_among_words(text: str) -> None:
    finding = judge("answer-file", {"path": PATH, "set": ["a", "b"]}, node({PATH: text}))
    assert (finding.outcome, finding.message) == ("fail", "")


def test_names_are_entries_of_a_set() -> None:
    with pytest.raises(ValidationError, match="give `set`"):
        judge("answer-file", {"path": PATH, "equals": "a", "names-in": "/opt"}, node({}))


STAMP = "16:30:42.366000"
LOGGED = f'E1123 {STAMP}       1 run.go:72] "command failed" err="valid value is between 1s and 30m0s, got 2h0m0s"'
LAB = LabFact("s", "l", "n", 1, (FaultFact("ttl", (r"valid value is between 1s and 30m0s", "never")),))

LOG_LINE = [
    (LOGGED, ""),
    (f"2026-11-23T16:30:42.4Z stderr F {LOGGED}", ""),
    (f"I think it is\n\n  {LOGGED}\nRepaired.\n", ""),
    (f"{LOGGED[:60]}\n{LOGGED[60:90]}\n{LOGGED[90:]}\n", ""),
    (LOGGED.replace("       ", " "), ""),
    (LOGGED[:-12], ""),
    (LOGGED[:70], "it names no fault of this lab"),
    (LOGGED.replace(STAMP, "16:30:42.366001"), "neither the API server nor the kubelet of this lab wrote this"),
    (LOGGED.replace("1s", "5s"), "neither the API server"),
    (LOGGED.replace("run.go", "ran.go"), "neither the API server"),
    (f"W{LOGGED[1:]}", "neither the API server"),
    (f"{LOGGED}\n{LOGGED}", "2 lines"),
    ("valid value is between 1s and 30m0s, got 2h0m0s", "no line of a log, which begins as"),
    ("a\nvalid value is between 1s and 30m0s\nb", "no line of a log"),
    (f"E1123 {STAMP}", "it names no fault of this lab"),
    (f"I1123 {STAMP}       1 server.go:1] Starting", "it names no fault of this lab"),
]


@pytest.mark.parametrize(("text", "wrong"), LOG_LINE)
def test_a_line_of_a_log_is_one_that_this_lab_wrote(text: str, wrong: str) -> None:
    lines = (
        f"2026-11-23T16:30:42.4Z stderr F {LOGGED}",
        f"2026-11-23T16:30:42.4Z stderr F I1123 {STAMP}       1 server.go:1] Starting up",
        f"what a service said at {STAMP}",
    )
    facts = {
        LabNeed(): LAB,
        LogLinesNeed(STAMP): LogLinesFact(lines),
        LogLinesNeed("16:30:42.366001"): LogLinesFact(()),
    }
    same(judge("answer-file", {"path": PATH, "log-line-of-fault": True}, node({PATH: text}, facts)), wrong)


def test_a_line_of_a_log_is_not_judged_without_the_node() -> None:
    evidence = node({PATH: LOGGED}, {LabNeed(): LAB})
    assert judge("answer-file", {"path": PATH, "log-line-of-fault": True}, evidence).outcome == "unknown"


DIGEST = "sha256:" + "a" * 64
IMAGES = [
    ("docker.io/nginx:1.27", {}, ""),
    ("nginx", {}, "nginx"),
    ("nginx:latest", {}, "latest"),
    ("host:5000/app", {"pinned": "tag"}, "host:5000/app"),
    ("host:5000/app:1", {"pinned": "tag", "names": ["host:5000/app"]}, ""),
    (f"nginx@{DIGEST}", {"pinned": "digest", "digest": DIGEST}, ""),
    (f"nginx:1@{DIGEST[:-1]}", {"pinned": "digest"}, "nginx"),
    ("app:80", {"names": ["app"]}, ""),
    ("evil/app:80", {"names": ["app"]}, "evil"),
]


@pytest.mark.parametrize(("image", "params", "wrong"), IMAGES)
def test_image_reference(image: str, params: dict[str, Any], wrong: str) -> None:
    text = f"spec:\n  containers:\n  - image: {image}\n"
    params = {"path": PATH, "at": "spec.containers[*].image", **params}
    same(judge("image-reference", params, node({PATH: text})), wrong)


def test_image_reference_must_find_one() -> None:
    params = {"path": PATH, "at": "spec.containers[*].image"}
    assert judge("image-reference", params, node({PATH: "spec: {}"})).outcome == "fail"


def test_unchanged() -> None:
    path = next(iter(GOOD))
    assert judge("unchanged", {"paths": [path, PATH]}, node({})).outcome == "pass"
    changed = judge("unchanged", {"paths": [path]}, node({path: GOOD[path] + "x: 1\n"}))
    assert changed.observed == "its content changed"
    assert changed.where is not None
    assert changed.where.line == GOOD[path].count("\n") + 1
    assert "no such file" in judge("unchanged", {"paths": [path]}, node({path: None})).observed


def test_a_link_in_a_files_place_is_not_the_file_and_one_that_is_asked_for_as_a_copy_is() -> None:
    path = next(iter(GOOD))
    linked = replace(file_fact(GOOD, path), target="/srv/x")
    finding = judge("unchanged", {"paths": [path]}, node({path: linked}))
    assert (finding.outcome, finding.observed) == ("fail", "it is a symbolic link to /srv/x")
    assert (
        judge("unchanged", {"paths": [path]}, node({path: linked}, initial=GOOD | {path: linked})).outcome == "pass"
    )
    assert judge("unchanged", {"copies": {PATH: path}}, node({PATH: linked})).outcome == "pass"


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("file", {"path": "relative"}),
        ("file", {"path": PATH, "colour": 1}),
        ("file", {"path": PATH, "matches": ["(?=a)b"]}),
        ("file", {"path": PATH, "matches": ["("]}),
        ("yaml-value", {"path": PATH, "at": "a"}),
        ("yaml-value", {"path": PATH, "at": "a[", "equals": 1}),
        ("answer-file", {"path": PATH}),
        ("unchanged", {"paths": []}),
    ],
)
def test_parameters_without_sense_are_errors(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge(name, params, node({}))


@pytest.mark.parametrize("kind", ["folder", "absent", "fifo", "loop", "outside", "unreadable", "too-large", "file"])
@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("file", {"contains": ["a"]}),
        ("yaml-value", {"at": "a", "equals": 1}),
        ("answer-file", {"set": ["a"]}),
        ("image-reference", {"at": "a"}),
    ],
)
def test_what_is_no_text_fails(kind: Any, name: str, params: dict[str, Any]) -> None:
    finding = judge(name, {"path": PATH, **params}, node({PATH: FileFact(PATH, kind, encoding="binary")}))
    assert finding.outcome == "fail"
    assert finding.observed
