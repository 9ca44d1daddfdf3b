"""`deleted`: the file is gone from the node, whatever was done with it instead, and others were left."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Evidence, FileFact, Finding, Unavailable
from ckslab.handed_in import open_handed_in
from ckslab.kubernetes.node_file import MAX_ENTRIES
from ckslab.needs.collect import collect_from_files
from ckslab.needs.copies import CopiesFact, CopiesNeed
from ckslab.needs.files import WHOLE
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
    "beside new files": LEFT | {f"{BIN}/ok.txt": "good\nother\n", f"{BIN}/notes/today": "evil?"},
    "a new folder of another name": LEFT | {f"{BIN}/bad.d/x": ""},
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
    "moved elsewhere": (LEFT | {"/usr/local/bin/bad": "evil"}, "as /usr/local/bin/bad", "/usr/local/bin/bad"),
    "moved and linked to": (
        LEFT | {
            "/root/bad": "evil",
            f"{BIN}/x": replace(file_fact({"/root/bad": "evil"}, "/root/bad"), path=f"{BIN}/x", target="/root/bad"),
        },
        "as /root/bad", "/root/bad",
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


def test_the_search_may_be_bounded_by_a_folder() -> None:
    files = LEFT | {"/opt/x/bad": "evil"}
    assert found(files).outcome == "fail"
    assert found(files, {**PARAMS, "folder": "/opt"}).outcome == "fail"
    assert found(files, {**PARAMS, "folder": "/opt/bin"}).outcome == "pass"


def searched(files: dict[str, Any], fact: CopiesFact) -> Finding:
    return judge("deleted", PARAMS, Evidence(Node(files, START, {CopiesNeed(f"{BIN}/bad"): fact})))


def test_what_could_not_be_searched_is_not_guessed() -> None:
    fact = CopiesFact(unread="/deep: it lies more than 2000 folders deep")
    finding = searched(LEFT, fact)
    assert (finding.outcome, finding.observed) == ("unknown", fact.unread)
    unreadable = {path: FileFact(path, "unreadable", reason="Permission denied") for path in (BIN, f"{BIN}/bad")}
    finding = found(LEFT | unreadable)
    assert (finding.outcome, finding.observed) == ("unknown", f"{BIN}/bad: it cannot be read: Permission denied")


def test_what_is_sure_decides_whatever_could_not_be_searched() -> None:
    assert searched(LEFT, CopiesFact("/x", "/deep: too deep")).outcome == "fail"
    assert searched({}, CopiesFact(unread="/deep: too deep")).outcome == "fail"


def test_a_file_that_was_not_there_at_the_start_cannot_be_deleted() -> None:
    assert found(LEFT, {"path": f"{BIN}/never"}).outcome == "unknown"


class Disk:
    """A folder as it is handed in, of a scenario that lays the files of the start."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        self.root = root
        (root / "etc").mkdir()
        for path, text in files.items():
            self.write(path, text)

    def write(self, path: str | bytes, text: str) -> None:
        place = Path(os.fsdecode(os.fsencode(self.root) + os.fsencode(path)))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def judged(self, **params: Any) -> Finding:
        laid = {path: file_fact(START, path) for path in START}
        collect = collect_from_files(open_handed_in(self.root), laid=laid)
        check = CHECK_TYPES["deleted"]
        wanted = check.params.model_validate(PARAMS | params)
        return check.judge(wanted, Evidence(collect(frozenset(check.needs(wanted)))))


def test_a_real_folder_with_whatever_lies_in_it(tmp_path: Path) -> None:
    disk, folder = Disk(tmp_path, LEFT), tmp_path / BIN.lstrip("/")
    (folder / "up").symlink_to("..")
    (folder / "self").symlink_to("self")
    (folder / "out").symlink_to("/../../../../etc/shadow")
    (folder / "a").mkdir()
    (folder / "a" / "again").symlink_to("../a")
    os.mkfifo(folder / "pipe")
    with (folder / "huge").open("wb") as file:
        file.truncate(2 << 30)
    disk.write(b"/srv/pr\xfcfung/x", "")
    assert disk.judged().outcome == "pass"
    disk.write("/srv/hard", "evil")
    assert disk.judged(folder=BIN).outcome == "pass"
    assert disk.judged().observed == "its content is still there, as /srv/hard"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"{BIN}/a/b/c/d/e/f/g/h/i/bad".encode(), f"{BIN}/a/b/c/d/e/f/g/h/i/bad"),
        (b"/usr/local/bin/bad", "/usr/local/bin/bad"),
        (b"/opt/bin/\xf0", "/opt/bin/\ufffdf0"),
        (b"/opt/bin/\xff/x", "/opt/bin/\ufffdff/x"),
        (b"/srv/\xef\xbf\xbd/x", "/srv/\ufffdef\ufffdbf\ufffdbd/x"),
    ],
)
def test_it_is_found_wherever_it_lies_in_files(tmp_path: Path, path: bytes, told: str) -> None:
    disk = Disk(tmp_path, LEFT)
    for other in (b"/opt/bin/\xff/other", b"/opt/bin/\xef\xbf\xbd/x", b"/opt/bin/\xf1", b"/srv/\xff/x"):
        disk.write(other, "harmless")
    disk.write(path, "evil")
    assert disk.judged().observed == f"its content is still there, as {told}"


def test_a_folder_that_cannot_be_listed_as_a_whole_is_not_passed_over(tmp_path: Path) -> None:
    disk = Disk(tmp_path, LEFT)
    for number in range(MAX_ENTRIES):
        disk.write(f"/srv/{number}", "")
    assert (disk.judged().outcome, disk.judged().observed) == ("unknown", "/srv: more than 2000 files lie in it")


def test_files_that_do_not_hold_the_whole_node_do_not_tell(tmp_path: Path) -> None:
    for path, text in LEFT.items():
        (tmp_path / path.rpartition("/")[2]).write_text(text)
    files = open_handed_in(tmp_path, [f"{BIN}/good", f"{BIN}/other"])
    [fact] = collect_from_files(files, laid={f"{BIN}/bad": file_fact(START, f"{BIN}/bad")})(
        frozenset({CopiesNeed(f"{BIN}/bad")})
    ).values()
    assert fact == Unavailable(f"nothing but {BIN} was handed in; {WHOLE}")
