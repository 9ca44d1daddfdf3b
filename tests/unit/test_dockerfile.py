"""A Dockerfile is read by the shipped program, within bounds, and its answer is not believed without a look."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from ckslab.cluster.binaries import cache_dir
from ckslab.dockerfile.document import Document
from ckslab.dockerfile.user import User, read_user
from ckslab.errors import LabError
from ckslab.evidence import Fact, FileFact, Unavailable
from ckslab.handed_in import open_handed_in
from ckslab.needs.collect import collect_from_files
from ckslab.needs.dockerfile import DockerfileFact, DockerfileNeed, on_this_machine, read

PATH = "/opt/app/Dockerfile"

TWO = """\
# syntax=docker/dockerfile:1
ARG TAG=24.04
FROM golang:1.26 AS Build
USER 1000
ENV GROUP=65535
FROM build AS test
FROM app:${TAG}
COPY --from=build /app /app
USER 65535:$GROUP
"""


def fact(text: str) -> DockerfileFact:
    found = read(FileFact(PATH, "file", text=text, encoding="utf-8"), on_this_machine)
    assert isinstance(found, DockerfileFact), found
    return found


def document(text: str) -> Document:
    found = fact(text).document
    assert found
    return found


def test_stages_are_found_by_name_and_led_back_to_their_base() -> None:
    found = document(TWO)
    build, test = found.stage("build"), found.stage("TEST")
    assert build
    assert test
    assert found.first(test) == build
    assert [stage.base.text for stage in found.outside()] == ["golang:1.26", "app:24.04"]
    assert test.user == build.user
    assert found.stage("nope") is None
    final = found.stage("final")
    assert final
    assert final.user
    assert (final.user.text, final.user.line) == ("65535:", 9)
    assert final.user.depends() == "GROUP, which the base image may have set"
    assert final.instructions[0].sources[0].stage == 0


@pytest.mark.parametrize(
    ("syntax", "other"),
    [
        ("docker/dockerfile:1", ""),
        ("docker.io/docker/dockerfile:1.7-labs@sha256:0", ""),
        ("docker/dockerfile-upstream:master", ""),
        ("ghcr.io/me/frontend:1", "ghcr.io/me/frontend:1"),
        ("docker/dockerfile2:1", "docker/dockerfile2:1"),
        ("registry.lab:5000/docker/dockerfile:1", ""),
    ],
)
def test_another_frontend_may_read_it_otherwise(syntax: str, other: str) -> None:
    assert document(f"# syntax={syntax}\nFROM a\n").other_frontend == other


def test_what_buildkit_refuses_is_told_in_its_words() -> None:
    problem = fact("FROM a\n\nUSR app\n").problem
    assert problem
    assert (problem.line, problem.message) == (
        3,
        "dockerfile parse error on line 3: unknown instruction: USR (did you mean USER?)",
    )


def test_what_is_no_text_is_no_document() -> None:
    for file in (FileFact(PATH, "absent"), FileFact(PATH, "file", encoding="binary")):
        assert read(file, on_this_machine) == DockerfileFact(file)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FROM a\n" + "CMD a\n" * 20_000, "it has more than 10000 instructions"),
        ("FROM a\n" + "ONBUILD \\\n" * 100_000 + "RUN x\n", "takes too long to read, or too much memory"),
        ("FROM scratch\nENV A=x\n" + "ENV A=$A$A$A$A\n" * 40, "filling in its variables takes too much"),
    ],
)
def test_what_takes_too_much_is_undecided(text: str, why: str) -> None:
    found = read(FileFact(PATH, "file", text=text, encoding="utf-8"), on_this_machine)
    assert isinstance(found, Unavailable)
    assert why in found.reason


def answering(code: int, stdout: bytes = b"", stderr: bytes = b"") -> Fact:
    return read(
        FileFact(PATH, "file", text="FROM a\n"), lambda _: subprocess.CompletedProcess([], code, stdout, stderr)
    )


def test_a_program_that_makes_no_sense_is_not_believed() -> None:
    good = json.loads(on_this_machine(b"FROM a AS b\nFROM b\nUSER x\n").stdout)
    assert isinstance(answering(0, json.dumps(good).encode()), DockerfileFact)
    loop = json.loads(json.dumps(good))
    loop["stages"][1]["base_stage"] = 1
    for stdout in (b"", b"{}", b"[]", b"\xff", b'{"error":{}}', json.dumps(loop).encode(), b"x" * (9 << 20)):
        assert isinstance(answering(0, stdout), Unavailable), stdout[:80]
    assert answering(1, stderr=b"labnode: why\n") == Unavailable(f"{PATH}: why")
    assert isinstance(answering(2, b"{}"), Unavailable)

    def without(_: bytes) -> subprocess.CompletedProcess[bytes]:
        raise LabError("no program")

    def slow(_: bytes) -> subprocess.CompletedProcess[bytes]:
        raise subprocess.TimeoutExpired("x", 1)

    for program in (without, slow):
        assert isinstance(read(FileFact(PATH, "file", text="FROM a\n"), program), Unavailable)


def test_files_that_were_handed_in_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "opt" / "app").mkdir(parents=True)
    (tmp_path / PATH[1:]).write_text(TWO)
    (tmp_path / "opt" / "app" / "latin").write_bytes(b"FROM a\n# \xe4\n")
    need, absent, latin = DockerfileNeed(PATH), DockerfileNeed("/opt/app/none"), DockerfileNeed("/opt/app/latin")
    facts = collect_from_files(open_handed_in(tmp_path, [PATH]))(frozenset({need, absent, latin}))
    found = facts[need]
    assert isinstance(found, DockerfileFact)
    assert found.document == document(TWO)
    for other in (absent, latin):
        none = facts[other]
        assert isinstance(none, DockerfileFact)
        assert (none.document, none.problem) == (None, None)


def test_the_program_is_put_into_the_cache_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    assert fact("FROM a\n").document
    [program] = (cache_dir().parent / "labnode").glob("*/labnode")
    assert hashlib.sha256(program.read_bytes()).hexdigest().startswith(program.parent.name)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "file"))
    assert isinstance(read(FileFact(PATH, "file", text="FROM a\n"), on_this_machine), Unavailable)


def test_elsewhere_than_on_linux_files_alone_do_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    found = read(FileFact(PATH, "file", text="FROM a\n"), on_this_machine)
    assert isinstance(found, Unavailable)
    assert "takes a Linux program" in found.reason


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("0", User(0)),
        ("00", User(0)),
        ("+0", User(0)),
        ("-0", User(0)),
        ("", User(0)),
        (":", User(0)),
        (":65535", User(0)),
        ("root", User(0)),
        ("root:app", User(0)),
        ("0:65535", User(0)),
        ("65535", User(65535)),
        ("65535:0", User(65535)),
        ("+65535:app", User(65535)),
        ("0065535", User(65535)),
        ("0" * 5000 + "7", User(7)),
        ("2147483647", User(2147483647)),
        ("app", User()),
        ("Root", User()),
        ("rooty", User()),
        ("65535x", User()),
        ("6_5", User()),
        ("\u0660", User()),
        ("-1", User(problem="-1 is out of range")),
        ("2147483648", User(problem="2147483648 is out of range")),
        ("9" * 5000, User(problem=f"{'9' * 20} is out of range")),
        ("1:4294967296", User(problem="4294967296 is out of range")),
        ("1:2:3", User(problem="it has more than a user and a group")),
        ("65535 # no root", User(problem="all of the line is the name, a comment too, and nobody is called so")),
        (
            "65535:65535 # no root",
            User(problem="all of the line is the name, a comment too, and nobody is called so"),
        ),
        ("app user", User(problem="all of the line is the name, a comment too, and nobody is called so")),
    ],
)
def test_a_user_is_whom_containerd_makes_of_it(text: str, user: User) -> None:
    assert read_user(text) == user
