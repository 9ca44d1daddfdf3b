"""`answer-file`: what the learner wrote down as an answer."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from ckslab.diagnosis.injected_fault import matches_injected_fault
from ckslab.diagnosis.node_files import load_pod
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.image_digests import Pin, digest_problem, other_image
from ckslab.kubernetes.node_file import kind_text
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem
from ckslab.matching.matcher import shown
from ckslab.matching.pattern import Pattern, found, matching_line
from ckslab.needs.files import FileNeed, FolderNeed
from ckslab.needs.initial_image import InitialImageNeed
from ckslab.needs.lab import LabNeed
from ckslab.needs.log_lines import LogLinesNeed
from ckslab.needs.scanned import Scanned
from ckslab.strict import NodePath
from ckslab.text_lines import lines_of


class AnswerFileParams(Params):
    """One or more of these; empty lines and white space around a line never count.

    set: exactly these entries in any order; each line is one (split: words: each word). names-in: the entries
    name files in this folder, and a path to one counts as its name. equals: this one answer. matches: some line
    matches. log-line-of-fault: one line that this lab's API server or kubelet wrote, with a signature of a fault of
    this lab. image-digest-of: a digest, and nothing else, of the image that this static pod had at the start; the
    image's ID only where the manifest names it by that. scanned: the entries are what scans of images give, in
    any order (see `ckslab.needs.scanned`). must-contain: texts that are in it, line breaks counting as spaces.
    forbid: patterns that no line matches.
    """

    former_keys: ClassVar[Mapping[str, str]] = {"any-line-matches-fault": "log-line-of-fault"}

    path: NodePath
    set_: tuple[str, ...] | None = Field(None, alias="set")
    split: Literal["lines", "words"] = "lines"
    names_in: NodePath | None = None
    equals: str | None = None
    matches: Pattern | None = None
    log_line_of_fault: bool = False
    image_digest_of: str | None = None
    scanned: Scanned | None = None
    must_contain: tuple[str, ...] = ()
    forbid: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> AnswerFileParams:
        if not self.model_fields_set & {
            "set_",
            "equals",
            "matches",
            "log_line_of_fault",
            "image_digest_of",
            "scanned",
            "must_contain",
            "forbid",
        }:
            raise ValueError("asserts nothing")
        if self.set_ is not None and self.scanned is not None:
            raise ValueError("the entries are those of `set` or of `scanned`: give one")
        if self.names_in is not None and self.set_ is None:
            raise ValueError("names-in is about the entries of a set: give `set`")
        return self


class AnswerFile(CheckType[AnswerFileParams]):
    """An answer in a file of its own, right in any formatting."""

    name = "answer-file"
    params = AnswerFileParams

    def needs(self, params: AnswerFileParams) -> Iterable[Need]:
        """The file; the lab's faults, the image whose digest is asked for, what scans found, where they count."""
        yield FileNeed(params.path)
        if params.log_line_of_fault:
            yield LabNeed()
        if params.image_digest_of:
            yield from (InitialImageNeed(params.image_digest_of), FolderNeed(MANIFESTS))
        if params.scanned:
            yield from params.scanned.needs()

    def judge(self, params: AnswerFileParams, evidence: Evidence) -> Finding:
        """The first demand that is not met."""
        file = evidence.of(FileNeed(params.path))
        where = Where(params.path)
        if file.text is None:
            return failed(f"your answer in {params.path}", kind_text(file), where)
        # An editor elsewhere may put a byte order mark before the first line.
        lines = [line.strip() for line in lines_of(file.text.removeprefix("\ufeff")) if line.strip()]
        if not lines:
            return failed(f"your answer in {params.path}", "the file is empty", where)
        wrong = _entries(params, lines) or _text(params, lines)
        if not wrong and params.scanned:
            wrong = _scanned(params.scanned, evidence, lines)
        if not wrong and params.log_line_of_fault:
            wrong = _log_line(evidence, file.text)
        if not wrong and params.image_digest_of:
            wrong = _image_digest(params.image_digest_of, evidence, lines)
        if not wrong:
            return passed()
        expected, observed, *more = wrong
        return failed(expected, observed, where, *more)


def _entries(params: AnswerFileParams, lines: list[str]) -> tuple[str, ...] | None:
    given = lines if params.split == "lines" else " ".join(lines).split()
    if params.set_ is not None:
        wanted = {" ".join(entry.split()) for entry in params.set_}
        have = {_name(" ".join(entry.split()), params.names_in) for entry in given}
        lost, extra = sorted(wanted - have), sorted(have - wanted)
        if extra:
            no_answer = f"not an answer: {shown(', '.join(extra))}"
            beside = "One entry is a line, and nothing else is in it." if _hold(extra, wanted) else ""
            return f"{len(wanted)} right entries and no others", no_answer, beside
        if lost:
            # The learner is told how many are missing, not which: that would be the solution.
            return f"{len(wanted)} entries", f"{len(have)} right, {len(lost)} missing"
    if params.equals is not None and [" ".join(line.split()) for line in lines] != [
        " ".join(params.equals.split())
    ]:
        return "the one right answer", shown(" / ".join(lines))
    return None


def _name(entry: str, folder: str | None) -> str:
    """What an entry names: the file's name where it is a path to one in the folder, from there or from above."""
    if folder is None:
        return entry
    for above in (folder, *map(str, PurePosixPath(folder).parents)):
        parent, _, name = posixpath.normpath(posixpath.join(above, entry)).replace("//", "/").rpartition("/")
        if parent == folder.rstrip("/"):
            return name
    return entry


def _hold(extra: Iterable[str], wanted: Collection[str]) -> bool:
    """Whether a right entry stands among other words in one that is none, as in `name: OK`."""
    return any(word in wanted for entry in extra for word in _BETWEEN.split(entry))


_BETWEEN = re.compile(r"[\s:,;*()\[\]\"']+")


def _text(params: AnswerFileParams, lines: list[str]) -> tuple[str, ...] | None:
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


def _scanned(scanned: Scanned, evidence: Evidence, lines: list[str]) -> tuple[str, ...] | None:
    """Compared as sets, like those of `set`; of an entry that is none it is told what the scan says of it."""
    evidence.ask(scanned.needs())
    reports = {need.key: evidence.of(need) for need in scanned.needs()}
    wanted, have = scanned.entries(reports), {scanned.entry(line) for line in lines}
    lost, extra = wanted - have, sorted(have - wanted)
    if extra:
        beside = next((words for one in extra if (words := scanned.about(one, reports))), "")
        if not beside and _hold(extra, wanted):
            beside = "One entry is a line, and nothing else is in it."
        return f"{len(wanted)} right entries and no others", f"not an answer: {shown(', '.join(extra))}", beside
    if lost:
        return f"{len(wanted)} entries", f"{len(have)} right, {len(lost)} missing"
    return None


def _image_digest(pod: str, evidence: Evidence, lines: list[str]) -> tuple[str, str] | None:
    expected, seen = f"the digest of the image of {pod}, and nothing else", shown(" / ".join(lines))
    if len(lines) > 1:
        return expected, f"{seen}: {len(lines)} lines"
    if "@" in lines[0]:
        return expected, f"{seen}: what stands before the @, and the @, belong to a name"
    if problem := digest_problem(lines[0]):
        return expected, f"{seen}: {problem}"
    initial = evidence.of(InitialImageNeed(pod))
    if lines[0] in initial.image.ids and _names_it_by_id(pod, lines[0], evidence):
        return None
    other = other_image(Pin(initial.reference, lines[0]), initial.image, initial.store)
    return (expected, f"{seen}: {other}") if other else None


def _names_it_by_id(pod: str, image_id: str, evidence: Evidence) -> bool:
    try:
        return load_pod(evidence, pod).image == image_id
    except PodProblem:
        return False


_KLOG = re.compile(r"[IWEF]\d{4} (\d\d:\d\d:\d\d\.\d{6})")
"""How klog begins a line; before it stands what the container runtime or journalctl writes."""


def _log_line(evidence: Evidence, text: str) -> tuple[str, ...] | None:
    """A line that was copied from a terminal may be broken: white space does not count. Words beside it may be."""
    evidence.of(LabNeed())  # without it the answer cannot be judged
    expected = "one line of a log of this lab that names a cause"
    heads = list(_KLOG.finditer(text))
    if not heads:
        return expected, f"no line of a log, which begins as E1123 16:33:46.478112: {shown(_flat(text))}"
    if len(heads) > 1:
        return expected, f"{len(heads)} lines of a log"
    given = text[heads[0].start() :]
    # Only the lines of that moment are asked for: nobody guesses it.
    written = evidence.of(LogLinesNeed(heads[0][1])).lines
    bare = [line[head.start() :] for line in written if (head := _KLOG.search(line))]
    copied = [part for line in bare if (part := _copied(given, line))]
    if not copied:
        return expected, f"neither the API server nor the kubelet of this lab wrote this: {shown(_flat(given))}"
    if any(matches_injected_fault(evidence, part) for part in copied):
        return None
    return expected, f"it names no fault of this lab: {shown(_flat(given))}"


def _copied(given: str, line: str) -> str:
    """As much of a line of the log as stands in the answer, from its begin; "" if its first line says else."""
    same = ""
    for part in lines_of(given):
        if not _bare(line).startswith(same + _bare(part)):
            break
        same += _bare(part)
    left = len(same)
    for end, letter in enumerate(line, 1):
        left -= not letter.isspace()
        if not left:
            return line[:end]
    return ""


def _flat(text: str) -> str:
    return " ".join(text.split())


def _bare(text: str) -> str:
    return "".join(text.split())
