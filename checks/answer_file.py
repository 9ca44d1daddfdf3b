"""`answer-file`: what the learner wrote down as an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, model_validator

from ckslab.diagnosis.injected_fault import matches_injected_fault
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.node_file import kind_text
from ckslab.matching.matcher import shown
from ckslab.matching.pattern import Pattern, found, matching_line
from ckslab.needs.files import FileNeed
from ckslab.needs.lab import LabNeed
from ckslab.strict import NodePath


class AnswerFileParams(Params):
    """One or more of these; empty lines and white space around a line never count.

    set: exactly these entries in any order; each line is one (split: words: each word). equals: this
    one answer. matches: some line matches. any-line-matches-fault: a line carries a signature of a
    fault of this lab. must-contain: texts that are in it, line breaks counting as spaces. forbid:
    patterns that no line matches.
    """

    path: NodePath
    set_: tuple[str, ...] | None = Field(None, alias="set")
    split: Literal["lines", "words"] = "lines"
    equals: str | None = None
    matches: Pattern | None = None
    any_line_matches_fault: bool = False
    must_contain: tuple[str, ...] = ()
    forbid: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> AnswerFileParams:
        if not self.model_fields_set & {
            "set_",
            "equals",
            "matches",
            "any_line_matches_fault",
            "must_contain",
            "forbid",
        }:
            raise ValueError("asserts nothing")
        return self


class AnswerFile(CheckType[AnswerFileParams]):
    """An answer in a file of its own, right in any formatting."""

    name = "answer-file"
    params = AnswerFileParams

    def needs(self, params: AnswerFileParams) -> Iterable[Need]:
        """The file, and the lab's faults where they count."""
        file: list[Need] = [FileNeed(params.path)]
        return [*file, LabNeed()] if params.any_line_matches_fault else file

    def judge(self, params: AnswerFileParams, evidence: Evidence) -> Finding:
        """The first demand that is not met."""
        file = evidence.of(FileNeed(params.path))
        where = Where(params.path)
        if file.text is None:
            return failed(f"your answer in {params.path}", kind_text(file), where)
        lines = [line.strip() for line in file.text.splitlines() if line.strip()]
        if not lines:
            return failed(f"your answer in {params.path}", "the file is empty", where)
        wrong = _entries(params, lines) or _text(params, lines)
        if not wrong and params.any_line_matches_fault:
            wrong = _fault(evidence, lines)
        return failed(*wrong, where) if wrong else passed()


def _entries(params: AnswerFileParams, lines: list[str]) -> tuple[str, str] | None:
    given = lines if params.split == "lines" else " ".join(lines).split()
    if params.set_ is not None:
        wanted = {" ".join(entry.split()) for entry in params.set_}
        have = {" ".join(entry.split()) for entry in given}
        lost, extra = sorted(wanted - have), sorted(have - wanted)
        if extra:
            return f"{len(wanted)} right entries and no others", f"not an answer: {shown(', '.join(extra))}"
        if lost:
            # The learner is told how many are missing, not which: that would be the solution.
            return f"{len(wanted)} entries", f"{len(have)} right, {len(lost)} missing"
    if params.equals is not None and [" ".join(line.split()) for line in lines] != [
        " ".join(params.equals.split())
    ]:
        return "the one right answer", shown(" / ".join(lines))
    return None


def _text(params: AnswerFileParams, lines: list[str]) -> tuple[str, str] | None:
    if params.matches is not None and not any(found(params.matches, line) for line in lines):
        return "an answer of the form that the task asks for", shown(" / ".join(lines))
    flat = " ".join(" ".join(lines).split())
    for part in params.must_contain:
        if " ".join(part.split()) not in flat:
            return f"{shown(part)} in it", shown(flat)
    for pattern in params.forbid:
        number = matching_line(pattern, lines)
        if number is not None:
            return "another answer", shown(lines[number - 1])
    return None


def _fault(evidence: Evidence, lines: list[str]) -> tuple[str, str] | None:
    evidence.of(LabNeed())  # without it the answer cannot be judged
    for line in lines:
        if matches_injected_fault(evidence, line):
            return None
    return "a log line that names a cause of this lab's fault", shown(" / ".join(lines))
