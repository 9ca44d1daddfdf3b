"""Whether a content lies anywhere on a node: one search, whose answer is validated as every answer of a node is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.evidence import Fact, FileFact, Unavailable
from ckslab.needs.collect import collect
from ckslab.needs.copies import CopiesFact, CopiesNeed
from ckslab.needs.sources import Sources
from tests.support.checks_evidence import file_fact

START: dict[str, FileFact | Unavailable] = {
    **{path: file_fact({path: text}, path) for path, text in {"/a": "one", "/b": "two", "/empty": ""}.items()},
    "/folder": FileFact("/folder", "folder"),
    "/big": FileFact("/big", "too-large", size=2 << 20),
    "/lost": Unavailable("the lab kept no files"),
}
ONE, TWO = (fact.sha256 for fact in (START["/a"], START["/b"]) if isinstance(fact, FileFact))


class Searched:
    """A node that answers a search, and what it was asked."""

    def __init__(self, answer: Any, code: int = 0) -> None:
        self.answer, self.code = answer, code
        self.asked: list[Any] = []

    def run(self, argv: list[str], stdin: bytes, **_: Any) -> Any:
        assert argv[1:] == ["search"]
        self.asked.append(json.loads(stdin))
        text = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return SimpleNamespace(returncode=self.code, stdout=text, stderr=b"why")


def facts(node: Searched, *needs: CopiesNeed) -> Mapping[Any, Fact]:
    lab: Any = SimpleNamespace(initial_files=lambda paths: {path: START[path] for path in paths})
    return collect(Sources(node, None, None, lab, {}))(frozenset(needs))  # type: ignore[arg-type]


def test_a_node_is_searched_once_for_all_contents() -> None:
    node = Searched({"found": {ONE: "/srv/x"}, "unread": ""})
    a, b = CopiesNeed("/a"), CopiesNeed("/b")
    assert facts(node, a, b) == {a: CopiesFact("/srv/x"), b: CopiesFact()}
    [asked] = node.asked
    assert asked["folder"] == "/"
    assert sorted(map(str, asked["contents"])) == sorted(str({"size": 3, "sha256": one}) for one in (ONE, TWO))


def test_each_folder_is_searched_for_its_own() -> None:
    node = Searched({"found": {ONE: "/opt/x"}, "unread": "/opt/y: too deep"})
    here, there = CopiesNeed("/a", "/opt"), CopiesNeed("/b", "/srv")
    assert facts(node, here, there) == {
        here: CopiesFact("/opt/x", "/opt/y: too deep"),
        there: CopiesFact(unread="/opt/y: too deep"),
    }
    assert [one["folder"] for one in node.asked] == ["/opt", "/srv"]


def test_nothing_is_searched_for_what_has_no_content() -> None:
    node = Searched({})
    empty, folder, big, lost = (CopiesNeed(path) for path in ("/empty", "/folder", "/big", "/lost"))
    assert facts(node, empty, folder, big, lost) == {
        empty: CopiesFact(),
        folder: Unavailable("at the start there was no file /folder"),
        big: Unavailable("at the start there was no file /big"),
        lost: START["/lost"],
    }
    assert node.asked == []


@pytest.mark.parametrize(
    "answer", [b"", b"{", [], {}, {"found": None, "unread": ""}, {"found": {}}, {"found": {ONE: 5}, "unread": ""}]
)
def test_an_answer_that_makes_no_sense_is_no_answer(answer: Any) -> None:
    [fact] = facts(Searched(answer), CopiesNeed("/a")).values()
    assert fact == Unavailable("the node's answer about a search cannot be read")


def test_a_node_that_does_not_answer_is_told_so() -> None:
    [fact] = facts(Searched({}, code=1), CopiesNeed("/a")).values()
    assert fact == Unavailable("the node cannot be searched")
