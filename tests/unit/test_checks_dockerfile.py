"""`dockerfile` and `changed-lines`: what a Dockerfile ends up being counts, whichever lines say so, each in its place."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Evidence, FileFact, Finding, Unavailable
from ckslab.needs.dockerfile import DockerfileFact, DockerfileNeed, on_this_machine, read
from ckslab.needs.files import FileNeed, InitialNeed
from tests.support.checks_evidence import file_fact, judge

PATH = "/opt/lab/review/Dockerfile"
DIGEST = "sha256:" + "0123456789abcdef" * 4
PINNED = {"path": PATH, "base": {"pinned": "either"}}
NOT_ROOT = {"path": PATH, "user": {"not-root": True}}
UID = {"path": PATH, "user": {"uid": 65535}}


def judged(params: dict[str, Any], text: str) -> Finding:
    fact = read(FileFact(PATH, "file", text=text, encoding="utf-8"), on_this_machine)
    return judge("dockerfile", params, Evidence({DockerfileNeed(PATH): fact}))


def ends(params: dict[str, Any], outcome: str, *texts: str) -> None:
    wrong = {text: found for text in texts if (found := judged(params, text)).outcome != outcome}
    assert wrong == {}


def test_a_base_is_pinned_by_a_tag_or_a_digest() -> None:
    ends(
        PINNED,
        "pass",
        "FROM ubuntu:24.04\n",
        "from ubuntu:noble\r\n",
        f"FROM ubuntu@{DIGEST}\n",
        f"FROM ubuntu:latest@{DIGEST}\n",
        "FROM --platform=$BUILDPLATFORM ubuntu:24.04 AS x\n",
        "ARG TAG=24.04\nFROM ubuntu:${TAG}\n",
        "ARG TAG\nFROM ubuntu:${TAG:-24.04}\n",
        "FROM registry.lab:5000/ubuntu:24.04\n",
        "FROM app:${TARGETARCH}\n",
        "ARG MIRROR\nFROM ${MIRROR}ubuntu:24.04\n",
        "FROM \\\n# latest\n ubuntu:24.04\n",
        "FROM golang AS build\nFROM ubuntu:24.04\n",
        "FROM ubuntu:24.04 AS base\nFROM base\n",
        "FROM scratch\n",
        "# syntax=docker/dockerfile:1\nFROM ubuntu:24.04\n",
    )
    ends(
        PINNED,
        "fail",
        "FROM ubuntu\n",
        "FROM ubuntu:latest\n",
        "FROM ubuntu:Latest\n",
        "FROM registry.lab:5000/ubuntu\n",
        "ARG TAG=latest\nFROM ubuntu:${TAG}\n",
        "ARG TAG=\nFROM ubuntu${TAG:+:$TAG}\n",
        "FROM ubuntu:24.04\nFROM ubuntu\n",
        "FROM ubuntu AS base\nFROM base\n",
        "FROM ubuntu:latest@sha256:0123\n",
        f"FROM ubuntu@{DIGEST}0\n",
        f"FROM ubuntu@{DIGEST.upper()}\n",
        "FROM ubuntu:24.04 # pinned\n",
        "# FROM ubuntu:24.04\nFROM ubuntu\n",
        "FROM ubuntu\nCOPY <<EOF /x\nFROM ubuntu:24.04\nEOF\n",
        "FROM Ubuntu:24.04\n",
        "FROM\n",
        "ARG TAG\nFROM ubuntu:${TAG}\n",
        "ARG TAG\nFROM ubuntu:latest${TAG}\n",
        "FROM ubuntu:latest${TARGETVARIANT}\n",
        "FROM ubuntu:${TARGETVARIANT:-latest}\n",
        "FROM app-${TARGETARCH}\n",
        f"FROM ubuntu@sha256:{'0' * 64}\n",
        f"FROM ubuntu:24.04@sha256:{'0' * 64}\n",
        "RUN true\n",
        "",
    )
    ends(PINNED, "fail", "# syntax=ghcr.io/me/frontend\nFROM ubuntu:24.04\n")
    ends({"path": PATH, "base": {"pinned": "tag"}}, "fail", f"FROM ubuntu@{DIGEST}\n", f"FROM a:latest@{DIGEST}\n")
    ends({"path": PATH, "base": {"pinned": "tag"}}, "pass", f"FROM ubuntu:1@{DIGEST}\n")
    ends({"path": PATH, "base": {"pinned": "digest"}}, "fail", "FROM ubuntu:24.04\n")
    tags = {"path": PATH, "base": {"pinned": "either", "tags": r"^[0-9]{2}\.(04|10)$"}}
    ends(tags, "fail", "FROM a:rolling\n", "FROM a:lts\n", "FROM a:24.40\n", "FROM a:latest\n", "FROM a\n")
    ends(tags, "pass", f"FROM a:rolling@{DIGEST}\n", "FROM a:24.04\n")


def test_a_base_is_one_of_those_that_are_allowed_whatever_form_its_name_has() -> None:
    named = {"path": PATH, "base": {"pinned": "either", "names": ["ubuntu", "registry.lab/base/debian"]}}
    ends(
        named,
        "pass",
        "FROM ubuntu:1\n",
        "FROM docker.io/library/ubuntu:1\n",
        "FROM library/ubuntu:1\n",
        "FROM registry.lab/base/debian:1\n",
    )
    ends(named, "fail", "FROM scratch\n", "FROM me/ubuntu:1\n", "FROM debian:1\n", "FROM ubuntu\n")
    ends({"path": PATH, "base": {"names": ["scratch"]}}, "pass", "FROM scratch\n")
    ends({"path": PATH, "base": {"names": ["ubuntu"]}}, "pass", "FROM ubuntu\n")


def test_every_base_is_that_of_all_stages() -> None:
    every = {**PINNED, "every-base": True}
    ends(
        every,
        "fail",
        "FROM a:1\nCOPY --from=alpine /a /a\n",
        "FROM a:1\nRUN --mount=from=alpine,target=/m true\n",
        "FROM a:1 AS b\nONBUILD COPY --from=alpine /a /a\nFROM b\n",
    )
    ends(
        every,
        "pass",
        "FROM a:1 AS b\nFROM c:1\nCOPY --from=b /a /a\nCOPY --from=d:1 /a /a\nCOPY . .\n",
        "FROM a:1\nRUN --mount=type=cache,target=/c --mount=from=scratch,target=/m true\n",
    )
    ends(PINNED, "pass", "FROM a:1\nCOPY --from=alpine /a /a\n")
    ends(every, "fail", "FROM golang AS b\nFROM ubuntu:1\n", "FROM ubuntu:1\nFROM ubuntu\n")
    ends(every, "pass", "FROM golang:1 AS b\nFROM b\nFROM ubuntu:1\nFROM scratch\n")


def test_the_last_user_is_not_root() -> None:
    ends(
        NOT_ROOT,
        "pass",
        "FROM a\nUSER app\n",
        "FROM a\nUSER 65535\n",
        "FROM a\nUSER 65535:65535\n",
        'FROM a\nUSER "65535"\n',
        "FROM a\nUSER root\nUSER 1\n",
        "FROM a AS b\nUSER 1\nFROM b\n",
        "FROM a\nENV U=app\nUSER ${U}\n",
        "FROM a\nARG U=app\nUSER $U:0\n",
        "FROM a\nuser \\\n  app\n",
        "FROM a AS b\nONBUILD USER app\nFROM b\n",
        "FROM a\nUSER ${U:-10001}\n",
        "FROM a\nARG U\nUSER ${U:-app}\n",
        "FROM a\nARG TARGETARCH\nUSER u$TARGETARCH\n",
    )
    ends(
        NOT_ROOT,
        "fail",
        "FROM a\nUSER ${U:-root}\n",
        "FROM a\nUSER ${U:-0}\n",
        "FROM ubuntu:24.04\nUSER $U\n",
        "FROM alpine:3.20\nARG U\nUSER $U\n",
        "FROM alpine:3.20\nUSER ${PATH:+root}\n",
        "FROM a\n",
        "FROM scratch\n",
        "FROM a\nUSER root\n",
        "FROM a\nUSER 0\n",
        "FROM a\nUSER 000\n",
        "FROM a\nUSER 0:0\n",
        "FROM a\nUSER root:app\n",
        'FROM a\nUSER "root"\n',
        'FROM a\nUSER ""\n',
        "FROM a\nUSER :app\n",
        "FROM a\nUSER app\nUSER root\n",
        "FROM a\nUSER app\nFROM b\n",
        "FROM a\n# USER app\n",
        "FROM a\nRUN <<EOF\nUSER app\nEOF\n",
        "FROM a\nCOPY <<EOF /x\nUSER app\nEOF\n",
        "FROM a\nRUN true \\\n  USER app\n",
        "FROM a\nENV U=root\nUSER $U\n",
        "FROM scratch\nUSER $U\n",
        "FROM a\nUSER 65535 # not root\n",
        "FROM a\nUSER -1\n",
        "FROM a\nUSER 1:2:3\n",
        "FROM a AS b\nUSER app\nONBUILD USER root\nFROM b\n",
        "FROM a\nUSER\n",
        "FROM a\nLABEL USER=app\n",
        "FROM a\nONBUILD USER app\n",
    )
    ends(
        NOT_ROOT,
        "unknown",
        "FROM a\nUSER $U\n",
        "FROM a\nARG U\nUSER $U\n",
        "FROM a\nUSER ${PATH:-app}\n",
    )


def test_a_uid_is_asked_for_by_its_number() -> None:
    ends(UID, "pass", "FROM a\nUSER 65535\n", "FROM a\nUSER 65535:0\n", "FROM a\nUSER 065535\n")
    ends(UID, "fail", "FROM a\nUSER app\n", "FROM a\nUSER 65534\n", "FROM a\nUSER 6553\n", "FROM a\nUSER root\n")
    ends({"path": PATH, "user": {"uid": 0}}, "pass", "FROM a\nUSER root\n", "FROM a\nUSER 0\n")


def test_a_stage_is_judged_by_its_name() -> None:
    of_build = {"path": PATH, "stage": "build", "user": {"not-root": True}}
    ends(of_build, "pass", "FROM a AS Build\nUSER app\nFROM b\n")
    ends(of_build, "fail", "FROM a AS build\nFROM b\nUSER app\n", "FROM a\nUSER app\n")
    broken = "FROM scratch AS build\nUSER ${U:?no user}\nFROM b\nUSER app\n"
    assert "no user" in judged(of_build, broken).observed
    assert judged(NOT_ROOT, broken).outcome == "pass"  # nobody builds that one


@pytest.mark.parametrize(
    ("params", "text", "line", "observed"),
    [
        (PINNED, "#\nFROM ubuntu\n", 2, "FROM ubuntu, which means its tag latest"),
        (PINNED, "ARG T=latest\nFROM ubuntu:$T\n", 2, "FROM ubuntu:$T, which is ubuntu:latest"),
        (
            PINNED,
            "FROM ubuntu:latest@sha256:0\n",
            1,
            'failed to parse stage name "ubuntu:latest@sha256:0": invalid reference format',
        ),
        (UID, "FROM a\nUSER 65535\nUSER root\n", 3, "it is the last USER that counts, not the one in line 2"),
        (UID, "FROM a\nUSER app\n", 2, "whose uid that is, only the image tells"),
        (UID, "FROM a\nUSER 65535 # x\n", 2, "all of the line is the name, a comment too"),
        (UID, "FROM a:1\n", 1, "it is whom a:1 says, and that is root unless its makers took care"),
        (UID, "FROM a:1\nUSER 65535\nFROM b\n", 3, "USER in line 2 is another stage's"),
        (UID, "FROM scratch\n", 1, "no USER is set, so it is root"),
        (UID, "FROM a\nARG U\nUSER $U\n", None, "USER in line 3 depends on U, which the base image may have set"),
        (PINNED, "ARG T\nFROM a:$T\n", 2, 'failed to parse stage name "a:"'),
        (PINNED, "FROM a:latest$TARGETVARIANT\n", 1, "FROM a:latest$TARGETVARIANT, which is a:latest"),
        (PINNED, f"FROM a@sha256:{'0' * 64}\n", 1, ", and no image has a digest of zeros"),
        (
            {"path": PATH, "base": {"pinned": "tag", "tags": "[0-9]"}},
            "FROM a:lts\n",
            1,
            "that tag tells no release",
        ),
        ({**PINNED, "every-base": True}, "FROM a:1\nCOPY --from=b / /\n", 2, "files from b, which means its tag"),
        (UID, "ARG B\nFROM $B\n", 2, "base name ($B) should not be blank"),
        (UID, "FROM ubuntu\nUSER $U\n", 2, "a USER that is empty, which is root"),
        (UID, "FROM a AS b\nONBUILD USER root\nFROM b\n", 2, "USER root, by an ONBUILD of its base, which is root"),
    ],
)
def test_the_learner_is_told_what_is_wrong_and_where(
    params: dict[str, Any], text: str, line: int | None, observed: str
) -> None:
    found = judged(params, text)
    assert observed in found.observed
    assert (found.where.line if found.where else None) == line


def test_a_file_that_is_no_dockerfile_fails_once() -> None:
    for file in (FileFact(PATH, "absent"), FileFact(PATH, "file", encoding="binary")):
        found = judge("dockerfile", PINNED, Evidence({DockerfileNeed(PATH): DockerfileFact(file)}))
        assert (found.outcome, found.root) == ("fail", f"dockerfile {PATH}")
    assert judged(UID, "FROM a\nUSR x\n").root == f"dockerfile {PATH}"
    nothing = Evidence({DockerfileNeed(PATH): Unavailable("no program")})
    assert judge("dockerfile", PINNED, nothing).outcome == "unknown"


@pytest.mark.parametrize(
    "params",
    [
        {"path": PATH},
        {"path": PATH, "every-base": True, "user": {"not-root": True}},
        {"path": PATH, "base": {}},
        {"path": PATH, "base": {"tags": "[0-9]"}},
        {"path": PATH, "base": {"pinned": "digest", "tags": "[0-9]"}},
        {"path": PATH, "base": {"names": ["ubuntu:24.04"]}},
        {"path": PATH, "base": {"names": ["Ubuntu"]}},
        {"path": PATH, "user": {}},
        {"path": PATH, "user": {"not-root": False}},
        {"path": PATH, "user": {"not-root": True, "uid": 1}},
        {"path": PATH, "user": {"uid": -1}},
    ],
)
def test_what_asserts_nothing_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHECK_TYPES["dockerfile"].params.model_validate(params)


BEGAN = "FROM ubuntu:latest\nCOPY a /a\n\nUSER root\n"
ALLOWED = {"path": PATH, "allowed": ["^FROM ", "^USER root$"]}


def lines(now: str | FileFact, then: str | FileFact = BEGAN) -> Finding:
    facts = {FileNeed(PATH): file_fact({PATH: now}, PATH), InitialNeed(PATH): file_fact({PATH: then}, PATH)}
    return judge("changed-lines", ALLOWED, Evidence(facts))


@pytest.mark.parametrize(
    "now",
    [
        BEGAN,
        BEGAN.replace("latest", "24.04").replace("root", "65535"),
        BEGAN.replace("latest", "24.04").rstrip("\n"),
        BEGAN.replace("FROM", "from").replace("USER root", "  user 65535  "),
        BEGAN.replace("USER root", ""),
        BEGAN.replace("USER root\n", "USER 65535\r\n"),
        BEGAN.replace("USER root", "# two\x0bor\x0cmore"),
    ],
)
def test_lines_that_the_task_is_about_may_be_others(now: str) -> None:
    assert lines(now).outcome == "pass"


def test_a_line_that_may_be_another_one_may_be_told_what_not_to_be() -> None:
    then = {InitialNeed(PATH): file_fact({PATH: BEGAN}, PATH)}
    for now, outcome in (
        (BEGAN, "pass"),
        (BEGAN.replace("root", "1"), "pass"),
        (BEGAN.replace("root", "a,b"), "fail"),
    ):
        facts = {FileNeed(PATH): file_fact({PATH: now}, PATH), **then}
        assert judge("changed-lines", {**ALLOWED, "refused": ["r.*o,t", ","]}, Evidence(facts)).outcome == outcome


def test_a_newline_at_the_end_is_free_both_ways() -> None:
    assert lines(BEGAN, BEGAN.rstrip("\n")).outcome == "pass"
    assert lines(BEGAN.rstrip("\n")).outcome == "pass"


@pytest.mark.parametrize(
    ("now", "line", "seen"),
    [
        (BEGAN.replace("/a", "/b"), 2, "'COPY a /b', where it was 'COPY a /a'"),
        (BEGAN.replace("/a\n", "/a \n"), 2, "'COPY a /a ', where it was 'COPY a /a'"),
        (BEGAN.replace("\n", "\r\n"), 2, "the line ends with a carriage return now, as on Windows; and 1 more"),
        (BEGAN.replace("USER root\n", ""), 4, "3 lines; line 4 is gone: 'USER root'"),
        (BEGAN.replace("\n\n", "\n"), 3, "3 lines; line 3 is 'USER root', where it was ''"),
        (
            BEGAN.replace("FROM ubuntu:latest\n", ""),
            1,
            "3 lines; line 1 is 'COPY a /a', where it was 'FROM ubuntu:latest'",
        ),
        (BEGAN + "USER 65535\n", 5, "5 lines; line 5 is new"),
        (BEGAN.replace("USER", "USER 65535\nUSER"), 4, "5 lines; line 4 is 'USER 65535', where it was 'USER root'"),
        (BEGAN + "\n", 5, "5 lines; line 5 is new"),
        ("USER 1\n" + BEGAN, 1, "5 lines; line 1 is 'USER 1', where it was 'FROM ubuntu:latest'"),
        (BEGAN.replace("FROM ubuntu:latest\nCOPY a /a", "COPY a /a\nFROM ubuntu:latest"), 2, "where it was"),
        ("", 2, "1 line; line 2 is gone: 'COPY a /a'"),
        (BEGAN.replace("USER root", "a: b\r  c: d"), 4, "behind 'a: b' the character U+000D begins another one"),
        (BEGAN.replace("USER root", "a: b\r\r"), 4, "behind 'a: b' the character U+000D begins another one"),
        (BEGAN.replace("USER root", "a: b\u2028  c: d"), 4, "the character U+2028 begins another one"),
        (BEGAN.replace("USER root", "a: b\u2029  c: d"), 4, "the character U+2029 begins another one"),
        (BEGAN.replace("USER root", "a: b\x85  c: d"), 4, "the character U+0085 begins another one"),
        (BEGAN.replace("/a", "x" * 500), 2, f"'COPY a {'x' * 73}...'"),
    ],
)
def test_all_others_are_byte_for_byte_as_they_were(now: str, line: int, seen: str) -> None:
    found = lines(now)
    assert found.outcome == "fail"
    assert seen in found.observed
    assert found.where
    assert found.where.line == line


def test_what_is_not_there_fails_and_what_is_not_known_is_undecided() -> None:
    assert lines(FileFact(PATH, "absent")).outcome == "fail"
    assert lines(FileFact(PATH, "file", encoding="binary", sha256="0")).outcome == "fail"
    digest = FileFact(PATH, "file", sha256=file_fact({PATH: BEGAN}, PATH).sha256)
    assert lines(BEGAN, digest).outcome == "pass"
    assert lines(BEGAN.replace("latest", "1"), digest).outcome == "unknown"
    with pytest.raises(ValidationError):
        CHECK_TYPES["changed-lines"].params.model_validate({"path": PATH, "allowed": []})


def test_the_last_stage_takes_files_from_an_earlier_one() -> None:
    params = {"path": PATH, "stages": {"at-least": 2}}
    ends(
        params,
        "pass",
        "FROM gcc:13 AS b\nRUN gcc\nFROM scratch\nCOPY --from=b /a /a\n",
        "FROM gcc:13\nRUN gcc\nFROM scratch\nCOPY --from=0 /a /a\n",
        "FROM gcc:13 AS B\nRUN gcc\nFROM alpine\nRUN --mount=from=b,target=/m cp /m/a /a\n",
        "FROM scratch AS base\nFROM gcc:13 AS b\nRUN gcc\nFROM base\nCOPY --from=b /a /a\n",
        "FROM gcc:13 AS b\nRUN gcc\nFROM scratch AS mid\nCOPY --from=b /a /a\nFROM mid\nUSER 1\n",
        "FROM gcc:13 AS b\nRUN gcc\nFROM scratch AS mid\nCOPY --from=b /a /a\nFROM scratch\nCOPY --from=mid /a /a\n",
        "FROM gcc:13 AS a\nRUN gcc\nFROM a AS b\nFROM scratch\nCOPY --from=b /a /a\n",
    )
    ends(
        params,
        "fail",
        "FROM gcc:13\n",
        "FROM gcc:13 AS b\nFROM scratch\nCOPY . .\n",
        "FROM gcc:13 AS b\nRUN gcc\nFROM b\nCOPY --from=b /a /a\n",
        "FROM gcc:13 AS b\nFROM scratch\nCOPY --from=builder /a /a\n",
        "FROM gcc:13 AS b\nFROM scratch AS c\nCOPY --from=b /a /a\nFROM scratch\n# COPY --from=b /a /a\n",
        "FROM gcc:13 AS b\nFROM scratch\nCOPY --from=alpine:3.20 /a /a\n",
        "FROM gcc:13 AS b\nFROM scratch\nCOPY --from=b /a /a\n",
        "FROM gcc:13 AS b\nFROM alpine\nRUN --mount=from=b,source=/usr,target=/usr gcc -o /app\n",
    )
    assert "no stage of the file" in judged(params, "FROM a AS b\nFROM scratch\nCOPY --from=c /a /\n").observed
    ends({"path": PATH, "stages": {"at-least": 3}}, "fail", "FROM a AS b\nFROM scratch\nCOPY --from=b /a /\n")
    mounted = "FROM gcc:13 AS b\nFROM alpine\nRUN --mount=from=b,source=/usr,target=/usr gcc -o /app\n"
    assert "stage b, from which it takes files, has no RUN" in judged(params, mounted).observed
