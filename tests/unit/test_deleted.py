"""`deleted`: the file is gone from its folder, whatever was done with it instead, and others were left."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Evidence, FileFact, Finding, Need, NotCollected
from ckslab.handed_in import open_handed_in
from ckslab.kubernetes.node_file import MAX_ENTRIES
from ckslab.needs.collect import collect_from_files
from ckslab.needs.files import InitialNeed
from tests.support.checks_evidence import Node, file_fact, judge

BIN = "/opt/bin"
START = {f"{BIN}/bad": "evil", f"{BIN}/good": "one", f"{BIN}/other": "two", f"{BIN}/SUMS": "sums"}
PARAMS = {"path": f"{BIN}/bad", "beside": [f"{BIN}/good", f"{BIN}/other"]}
LEFT = {path: text for path, text in START.items() if not path.endswith("/bad")}


def found(files: dict[str, Any], params: dict[str, Any] | None = None) -> Finding:
    return judge("deleted", params or PARAMS, Evidence(Node(files, START)))


DONE = {
    "deleted": LEFT,
    "with one of the others": {f"{BIN}/good": "one"},
    "beside new files": LEFT | {f"{BIN}/ok.txt": "good\nother\n", f"{BIN}/notes/today": "evil?", "/root/bad": "evil"},
    "a new folder of another name": LEFT | {f"{BIN}/bad.d/x": ""},
    "a link to a folder elsewhere": LEFT
    | {f"{BIN}/old": FileFact(f"{BIN}/old", "folder", "/root", entries=("bad",), target="/root"), "/root/bad": "evil"},
    "a large file": LEFT | {f"{BIN}/core": FileFact(f"{BIN}/core", "too-large", size=2 << 30)},
    "pipes, sockets, devices": LEFT
    | {f"{BIN}/{kind}": FileFact(f"{BIN}/{kind}", kind) for kind in ("fifo", "socket", "device")},
    "a link that leads nowhere": LEFT | {f"{BIN}/x": FileFact(f"{BIN}/x", "absent", target="gone")},
}  # fmt: skip


@pytest.mark.parametrize("files", DONE.values(), ids=DONE)
def test_it_is_deleted(files: dict[str, Any]) -> None:
    assert found(files).outcome == "pass"


def at(kind: Any, **more: Any) -> dict[str, Any]:
    return LEFT | {f"{BIN}/bad": FileFact(f"{BIN}/bad", kind, **more)}


STILL = {
    "untouched": (START, "it is still there as it was", BIN),
    "renamed": (LEFT | {f"{BIN}/bad.old": "evil"}, f"its content is still there, as {BIN}/bad.old", f"{BIN}/bad.old"),
    "hidden": (LEFT | {f"{BIN}/.bad": "evil"}, f"as {BIN}/.bad", f"{BIN}/.bad"),
    "moved deeper": (LEFT | {f"{BIN}/a/b/c/x": "evil"}, f"as {BIN}/a/b/c/x", f"{BIN}/a/b/c/x"),
    "in the place of another": (LEFT | {f"{BIN}/good": "evil"}, f"as {BIN}/good", f"{BIN}/good"),
    "moved and linked to": (
        LEFT | {f"{BIN}/x": replace(file_fact({"/root/bad": "evil"}, "/root/bad"), path=f"{BIN}/x", target="/root/bad")},
        f"as {BIN}/x", f"{BIN}/x",
    ),
    "emptied": (LEFT | {f"{BIN}/bad": ""}, f"{BIN}/bad is still there: it is empty", f"{BIN}/bad"),
    "written over": (LEFT | {f"{BIN}/bad": "one"}, "it has another content", f"{BIN}/bad"),
    "a link in its place": (
        LEFT | {f"{BIN}/bad": replace(file_fact(START, f"{BIN}/good"), path=f"{BIN}/bad", target="good")},
        "it is a symbolic link to good", f"{BIN}/bad",
    ),
    "a link to its own content": (
        LEFT | {f"{BIN}/bad": replace(file_fact(START, f"{BIN}/bad"), target="/root/bad")},
        "it is a symbolic link to /root/bad", f"{BIN}/bad",
    ),
    "a link that leads nowhere": (at("absent", target="/gone"), "it is a symbolic link to /gone", f"{BIN}/bad"),
    "a link to itself": (at("loop", target="bad"), "it is a symbolic link to bad", f"{BIN}/bad"),
    "a link out of the files": (at("outside", target="../../../x"), "it is a symbolic link", f"{BIN}/bad"),
    "a folder": (LEFT | {f"{BIN}/bad/x": ""}, "it is a folder", f"{BIN}/bad"),
    "a large file": (at("too-large", size=2 << 30), "it is larger than 1 MiB", f"{BIN}/bad"),
    "a device": (at("device"), "it is a device", f"{BIN}/bad"),
    "a pipe": (at("fifo"), "it is a fifo", f"{BIN}/bad"),
    "not to be read": (at("unreadable", reason="Permission denied"), "it cannot be read: Perm", f"{BIN}/bad"),
    "everything deleted": ({f"{BIN}/ok.txt": ""}, "none of those that should stay", BIN),
    "the folder deleted": ({}, "none of those that should stay", BIN),
    "a file in the folder's place": ({BIN: "x"}, "none of those that should stay", BIN),
    "all others changed": (
        {f"{BIN}/good": "", f"{BIN}/other": "one"}, "none of those that should stay is left as it was", BIN,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "observed", "where"), STILL.values(), ids=STILL)
def test_it_is_not_deleted(files: dict[str, Any], observed: str, where: str) -> None:
    finding = found(files)
    assert (finding.outcome, finding.where and finding.where.path) == ("fail", where)
    assert observed in finding.observed


def test_which_one_was_left_as_it_was_is_not_told() -> None:
    finding = found(START)
    assert "bad" not in f"{finding.expected} {finding.observed} {finding.where} {finding.message}"


def test_without_others_nothing_has_to_be_left() -> None:
    assert found({}, {"path": f"{BIN}/bad"}).outcome == "pass"


def test_the_folder_may_be_another_than_its_own() -> None:
    files = LEFT | {"/opt/x/bad": "evil"}
    assert found(files).outcome == "pass"
    assert found(files, {**PARAMS, "folder": "/opt"}).outcome == "fail"
    assert found(files, {**PARAMS, "folder": "/srv"}).outcome == "pass"


UNKNOWN = {
    "a file that cannot be read": (
        LEFT | {f"{BIN}/x": FileFact(f"{BIN}/x", "unreadable", reason="Permission denied")}, f"{BIN}/x: it cannot be read",
    ),
    "the way to it cannot be gone": (
        {path: FileFact(path, "unreadable", reason="Permission denied") for path in (BIN, f"{BIN}/bad")},
        "it cannot be read: Permission denied",
    ),
    "a folder that cannot be listed": (
        LEFT | {f"{BIN}/x": FileFact(f"{BIN}/x", "folder", entries=()), f"{BIN}/y/z": FileFact("", "unreadable", reason="no")},
        f"{BIN}/y/z: it cannot be read",
    ),
    "too many files": (LEFT | {f"{BIN}/{number}": "" for number in range(MAX_ENTRIES)}, "more than 2000 files"),
    "too many folders": (LEFT | {f"{BIN}/{number}/x": "" for number in range(120)}, "more than 100 folders"),
    "too deep": (LEFT | {f"{BIN}{'/d' * 12}": ""}, "more than 8 deep"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "why"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_looked_at_is_not_guessed(files: dict[str, Any], why: str) -> None:
    finding = found(files)
    assert finding.outcome == "unknown"
    assert why in finding.observed


def test_a_folder_whose_name_nobody_can_write_is_not_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / BIN.lstrip("/")
    folder.mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    for path, text in LEFT.items():
        (tmp_path / path.lstrip("/")).write_text(text)
    inner = os.fsencode(folder) + b"/a\xff"
    os.mkdir(inner)
    Path(os.fsdecode(inner + b"/x")).write_text("evil")
    assert judged_on_disk(tmp_path)[0].observed == f"{BIN}/a\ufffd cannot be looked into"


def test_a_copy_that_is_found_decides_whatever_else_cannot_be_read() -> None:
    files = LEFT | {f"{BIN}/a": FileFact(f"{BIN}/a", "unreadable", reason="no"), f"{BIN}/deep/x": "evil"}
    assert found(files).outcome == "fail"


def test_a_file_that_was_not_there_at_the_start_cannot_be_deleted() -> None:
    assert found(LEFT, {"path": f"{BIN}/never"}).outcome == "unknown"


def judged_on_disk(root: Path) -> tuple[Finding, int]:
    """The verdict on a folder as it is handed in, and how often it was looked at."""
    check, facts = CHECK_TYPES["deleted"], dict[Need, Any]()
    params = check.params.model_validate(PARAMS)
    collect = collect_from_files(open_handed_in(root))
    start = {InitialNeed(path): file_fact(START, path) for path in START}
    for turn in range(1, 31):
        try:
            return check.judge(params, Evidence(facts)), turn
        except NotCollected as asked:
            facts |= collect(frozenset(asked.missing)) | start
    raise AssertionError("it asks for ever more")


def test_a_real_folder_with_whatever_lies_in_it(tmp_path: Path) -> None:
    folder = tmp_path / BIN.lstrip("/")
    folder.mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    for path, text in LEFT.items():
        (tmp_path / path.lstrip("/")).write_text(text)
    (folder / "up").symlink_to("..")
    (folder / "self").symlink_to("self")
    (folder / "out").symlink_to("/../../../../etc/shadow")
    (folder / "a").mkdir()
    (folder / "a" / "again").symlink_to("../a")
    with (folder / "huge").open("wb") as file:
        file.truncate(2 << 30)
    assert judged_on_disk(tmp_path)[0].outcome == "pass"
    (folder / "a" / "hard").write_text("evil")
    (tmp_path / "etc" / "kept").hardlink_to(folder / "a" / "hard")
    finding, turns = judged_on_disk(tmp_path)
    assert finding.observed == f"its content is still there, as {BIN}/a/hard"
    assert turns <= 4
