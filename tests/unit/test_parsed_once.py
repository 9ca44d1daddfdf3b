"""A file is parsed once, however many checks read it and however many hand it in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Evidence, NotCollected
from ckslab.grading.grade import grade
from ckslab.handed_in import open_handed_in
from ckslab.kubernetes.remembered import Remembered
from ckslab.kubernetes.yaml import text as yaml_text
from ckslab.kubernetes.yaml.node import Composer
from ckslab.kubernetes.yaml.text import Document, YamlProblem, read_yaml, shared_yaml
from ckslab.needs.collect import collect_from_files
from ckslab.needs.files import FileNeed
from ckslab.scenario.answers.model import SOLUTION
from tests.support.answers_on_files import MANIFEST, left_by, scenario
from tests.support.checks_evidence import file_fact


class Texts:
    """Counts the documents that are composed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0

        def counted(unique_keys: bool) -> Composer:
            self.count += 1
            return Composer(unique_keys)

        monkeypatch.setattr(yaml_text, "Composer", counted)


def graded(folder: Path) -> int:
    handed_in = open_handed_in(folder)
    return grade(scenario("ipw-complete"), CHECK_TYPES, collect_from_files(handed_in), files_only=True).score


def test_a_grade_parses_each_file_once_and_the_next_only_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = left_by("ipw-complete", SOLUTION, ())
    folder = left.lay(tmp_path)
    api_server = folder / MANIFEST.lstrip("/")
    api_server.write_text(api_server.read_text() + "# nobody else has this line\n")
    graded(folder)  # what the other tests have not parsed yet
    texts = Texts(monkeypatch)
    score = graded(folder)
    assert texts.count == 0
    api_server.write_text(api_server.read_text() + "# nor this one\n")
    assert graded(folder) == score
    assert texts.count == 1


def test_what_was_asked_for_longest_ago_is_forgotten() -> None:
    made: list[str] = []

    def upper(key: str) -> str:
        made.append(key)
        return key.upper()

    remembered = Remembered(upper, lambda key, _: len(key), most=4)
    assert [remembered(key) for key in ("aa", "bb", "aa", "cc", "aa", "bb")] == ["AA", "BB", "AA", "CC", "AA", "BB"]
    assert made == ["aa", "bb", "cc", "bb"]


def test_what_is_too_heavy_is_made_each_time_and_pushes_nothing_out() -> None:
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    remembered = Remembered(make, lambda key, _: len(key), most=4)
    for key in ("a", "a" * 5, "a", "a" * 5):
        remembered(key)
    assert made == ["a", "a" * 5, "a" * 5]


def test_a_shared_text_that_is_not_yaml_raises_anew_each_time() -> None:
    problems = []
    for _ in range(2):
        with pytest.raises(YamlProblem) as raised:
            shared_yaml("a: [")
        problems.append(raised.value)
    assert problems[0] is not problems[1]
    assert str(problems[0]) == str(problems[1])


def test_a_document_tells_the_first_key_that_comes_twice() -> None:
    text = "a: 1\nb: {c: 1, c: 2}\na: 2\n"
    told = read_yaml(text, unique_keys=False).duplicate
    with pytest.raises(YamlProblem) as raised:
        read_yaml(text)
    assert str(told) == str(raised.value) == 'line 2: key "c" already set in map'
    assert shared_yaml("a: 1") == Document({"a": 1})


class TestEvidence:
    def test_what_follows_from_facts_is_made_once_and_kept_with_more_facts(self) -> None:
        made: list[str] = []

        def make() -> str:
            made.append("made")
            return "value"

        evidence = Evidence()
        for _ in range(2):
            assert evidence.once("key", make) == "value"
            evidence = evidence.plus({FileNeed("/a"): file_fact({"/a": "a"}, "/a")})
        assert made == ["made"]

    def test_what_waits_for_a_fact_is_tried_again_when_facts_are_added(self) -> None:
        tried: list[Evidence] = []

        def text(evidence: Evidence) -> str | None:
            tried.append(evidence)
            return evidence.of(FileNeed("/a")).text

        before = Evidence()
        for _ in range(2):
            with pytest.raises(NotCollected) as raised:
                before.once("key", lambda: text(before))
            assert raised.value.missing == (FileNeed("/a"),)
        after = before.plus({FileNeed("/a"): file_fact({"/a": "a"}, "/a")})
        assert after.once("key", lambda: text(after)) == "a"
        assert tried == [before, after]

    def test_all_that_is_missing_is_asked_for_at_once(self) -> None:
        evidence = Evidence({FileNeed("/a"): file_fact({"/a": "a"}, "/a")})
        evidence.ask([FileNeed("/a")])
        with pytest.raises(NotCollected) as raised:
            evidence.ask(FileNeed(path) for path in ("/a", "/b", "/c"))
        assert raised.value.missing == (FileNeed("/b"), FileNeed("/c"))
