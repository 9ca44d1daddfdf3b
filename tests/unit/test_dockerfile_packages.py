"""Packages that a Dockerfile installs: every form in which a RUN says it, and which of them pins one version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.dockerfile.document import Document
from ckslab.dockerfile.packages import installs
from ckslab.evidence import FileFact
from ckslab.needs.dockerfile import DockerfileFact, on_this_machine, read

PATH = "/opt/app/Dockerfile"


def of(run: str, before: str = "") -> list[tuple[str, str, bool]]:
    fact = read(FileFact(PATH, "file", text=f"FROM alpine:3.20\n{before}{run}\n"), on_this_machine)
    assert isinstance(fact, DockerfileFact), fact
    document = fact.document
    assert isinstance(document, Document), fact
    return [(one.name, one.version, bool(one.open)) for one in installs(document, document.stages[-1])]


@pytest.mark.parametrize(
    ("run", "found"),
    [
        ("RUN apk add a=1", [("a", "1", False)]),
        ("RUN apk add --no-cache a=1-r0 b", [("a", "1-r0", False), ("b", "", False)]),
        ("RUN apk --no-cache add a=1", [("a", "1", False)]),
        ("RUN apk update && apk add a=1;apk add b|cat", [("a", "1", False), ("b", "", False)]),
        ("RUN apk add \\\n  a=1 \\\n  # b\n  c=2", [("a", "1", False), ("c", "2", False)]),
        ('RUN ["apk", "add", "a=1"]', [("a", "1", False)]),
        ('RUN ["/bin/sh", "-c", "apk add a"]', [("a", "", False)]),
        ("RUN sh -ec 'apk add a=1'", [("a", "1", False)]),
        ("RUN <<EOF\nset -e\napk add a=1 \\\n  b\n# apk add c\nEOF", [("a", "1", False), ("b", "", False)]),
        ("RUN <<EOF sh\napk add a=1\nEOF", [("a", "1", False)]),
        ("RUN apt-get update && DEBIAN_FRONTEND=x apt-get install -y a=1 b", [("a", "1", False), ("b", "", False)]),
        ("RUN apt-get -y -o X=y install --no-install-recommends a=1.*", [("a", "", False)]),
        ("RUN apt install a/stable b:amd64=2", [("a", "", False), ("b", "2", False)]),
        ("RUN apk add -t .deps a=1 && apk add --virtual=.x b=2", [("a", "1", False), ("b", "2", False)]),
        ("RUN apk add 'a=1' \"b=2\"", [("a", "1", False), ("b", "2", False)]),
        ("RUN apk add 'a>1' 'b~=1' c~1 'd<2' e=~1", [(name, "", False) for name in "abcde"]),
        ("RUN V=1; apk add a=$V b=${V}", [("a", "1", False), ("b", "1", False)]),
        ("RUN export V=1 && apk add a=$V", [("a", "1", False)]),
        ("RUN apk add a=$(cat v)", [("a", "$", False)]),
        ("RUN apk add $LIST", [("$LIST", "", True)]),
        ("RUN if true; then apk add a; fi", [("a", "", False)]),
        ("RUN (apk add a=1)", [("a", "1", False)]),
        ("RUN apk add a=1 >/dev/null 2>&1", [("a", "1", False)]),
        ("RUN echo apk add a", []),
        ("RUN apk del a && apk info b", []),
        ("RUN true # apk add a", []),
    ],
)
def test_each_form_of_an_installation_is_found(run: str, found: list[tuple[str, str, bool]]) -> None:
    if "$(" in run:
        assert any(still_open for _, _, still_open in of(run)), of(run)
    else:
        assert of(run) == found


def test_values_that_the_file_tells_are_filled_in() -> None:
    assert of("RUN apk add a=$V", "ARG V=1\n") == [("a", "1", False)]
    assert of("RUN apk add a=${V}", "ENV V=1\n") == [("a", "1", False)]
    assert of("RUN apk add a=$V", "ARG V\n") == [("a", "$V", True)]
    assert of("RUN apk add $P", "ARG P='a=1'\n") == [("a", "1", False)]


@given(st.text(alphabet="apk d=1$'\"();&|<>\\#`\n{}", max_size=60))
def test_any_script_is_read_or_left_open(script: str) -> None:
    from ckslab.dockerfile import packages

    assert isinstance(list(packages._of_script(f"apk add {script}", {}, 1, 0)), list)
