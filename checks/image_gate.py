"""`image-gate`: a script of a pipeline that stops images by what a scan finds in them, and lets the others pass."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable
from typing import Annotated, Any, get_args

from pydantic import Field, model_validator

from ckslab.evidence import (
    CheckType,
    Evidence,
    Finding,
    Need,
    NotAvailable,
    Params,
    Where,
    failed,
    passed,
    undecided,
)
from ckslab.matching.matcher import shown
from ckslab.needs.image_gate import PROCESSOR_SECONDS, SECONDS, SLOW, GateNeed, NotRun, Probe, Run
from ckslab.needs.scan import ScanNeed
from ckslab.scanning.report import ScanReport, Severity
from ckslab.scanning.selection import Selection
from ckslab.scenario.image_document import ImageDocument
from ckslab.strict import NodePath
from ckslab.text_lines import lines_of

STOPPED, LET_PASS = 1, 0
"""Exit codes."""

MAX_PROBES = 12
"""Of one check: each is a scan by the learner's script."""

PROBLEMS = {
    "absent": "there is no such file",
    "folder": "it is a folder",
    "mode": "it is not executable: nobody may run it",
}
KILLED = {
    "time": f"it still ran after {PROCESSOR_SECONDS} s of a processor, or {SECONDS} s in all, and was ended",
    "processes": "it was ended because it had more than 300 processes",
    "memory": "it was ended because it had more than 1 GiB of memory",
    "late": f"it was not tried, because {SLOW} others took too long",
    "room": "it was not tried, because what the runs before it wrote left no room for the image",
}
MEANINGS = {
    2: "by which a shell and many programs say that they are used wrongly",
    124: "by which timeout says that time was up",
    126: "by which a shell says that a program, or the one in the script's first line, cannot be run",
    127: "by which a shell says that a program is not found",
}
_STEP = "[A-Za-z0-9$][A-Za-z0-9 ._${}-]{0,60}"

SEVERITIES: tuple[str, ...] = get_args(Severity)


class GateImage(ImageDocument):
    """An image that the script has not seen. called: its archive's file name, or the path of a file of the node
    over which it lies meanwhile. reason: what is special about it, in words that follow "an image".
    """

    name: str = "graded.lab.local/image:1"
    called: str = Field("image.tar", pattern=rf"^((/{_STEP})*/)?{_STEP}\.tar$")
    reason: str = Field("", max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _nowhere_else(cls, given: Any) -> Any:
        if isinstance(given, dict) and (other := {"name", "archive", "registry"} & given.keys()):
            raise ValueError(f"the grader names and lays it: leave {', '.join(sorted(other))} out")
        return given

    @property
    def said(self) -> str:
        """As a need holds it."""
        made = self.model_dump(exclude={"called", "reason"}, exclude_defaults=True)
        return json.dumps({"name": self.name, **made})


Images = Annotated[tuple[GateImage, ...], Field(min_length=1, max_length=MAX_PROBES)]


class ImageGateParams(Params):
    """path: the script. findings: an image with such a one is stopped. stopped, passes: images that the grader
    tries; some of each, because a script that stops all images, or none, tells nothing.
    """

    path: NodePath
    findings: Selection
    stopped: Images
    passes: Images

    @model_validator(mode="after")
    def _means_some(self) -> ImageGateParams:
        if self.findings == Selection():
            raise ValueError("say by which findings an image is stopped: severities, ids, fixed")
        return self

    @property
    def tried(self) -> tuple[tuple[GateImage, int], ...]:
        """All images, each with the exit code that is right."""
        return (*((one, STOPPED) for one in self.stopped), *((one, LET_PASS) for one in self.passes))

    def run(self, image: GateImage) -> GateNeed:
        """How the script judges an image."""
        return GateNeed(self.path, Probe(image.said, image.called))

    def scan(self, image: GateImage, right: int) -> ScanNeed:
        """What Trivy finds in it, which decides."""
        return ScanNeed(made=image.said, claim=(self.findings, right == STOPPED))


class ImageGate(CheckType[ImageGateParams]):
    """A script is judged by what it does with images that it has not seen."""

    name = "image-gate"
    params = ImageGateParams

    def needs(self, params: ImageGateParams) -> Iterable[Need]:
        """A run on each image, and the lab's own scan of it."""
        return [need for one, right in params.tried for need in (params.run(one), params.scan(one, right))]

    def judge(self, params: ImageGateParams, evidence: Evidence) -> Finding:
        """The first run that went wrong, and how many did; what could not be tried decides nothing if one did."""
        tried = params.tried
        wrong: list[Finding] = []
        unknown: NotAvailable | None = None
        for image, right in tried:
            scan = params.scan(image, right)
            try:
                fact, report = evidence.of(params.run(image)), evidence.of(scan)
            except NotAvailable as untold:
                unknown = unknown or untold
                continue
            if contradicted := scan.contradicted(report):
                return undecided(contradicted)
            if isinstance(fact, NotRun):
                return failed("a script that can be run", PROBLEMS[fact.problem], Where(params.path))
            if seen := _wrong(fact, right):
                wrong.append(failed(_expected(image, right), seen, message=_why(params.findings, report)))
        if not wrong and unknown:
            raise unknown
        if not wrong:
            return passed()
        count = f" ({len(wrong)} of {len(tried)} images went wrong)" if len(wrong) > 1 else ""
        return failed(wrong[0].expected, f"{wrong[0].observed}{count}", Where(params.path), wrong[0].message)


def _expected(image: GateImage, right: int) -> str:
    return f"exit code {right} for an image {image.reason}" if image.reason else f"exit code {right} for an image"


def _wrong(run: Run, right: int) -> str:
    """What went wrong, "" where nothing did."""
    if run.killed:
        return KILLED[run.killed]
    if run.code == right:
        return ""
    means = MEANINGS.get(run.code, "")
    if run.code > 128:
        means = f"a signal ended it: {_signal(run.code - 128)}"
    # a table's rows say less than what stands above them
    rows = (line.strip() for line in lines_of(run.said) if "│" not in line)
    lines = [row for row in rows if any(map(str.isalnum, row))]
    printed = f"; it printed last {shown(lines[-1][:200])}" if lines else ""
    return f"it ends with exit code {run.code}" + (f" ({means})" if means else "") + printed


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _why(findings: Selection, report: ScanReport) -> str:
    """What Trivy finds in the image, as far as it decides."""
    if meant := sorted(findings.of(report.found)):
        one = meant[0]
        fix = f"fixed in {one.fixed}" if one.fixed else "not fixed"
        return f"Trivy finds {one.id} in its {one.package}, which is {one.severity} and {fix}."
    # the one that is nearest to what is meant
    by_severity = sorted(report.found, key=lambda one: (-SEVERITIES.index(one.severity), one))
    if not by_severity:
        return "Trivy finds nothing in it."
    one = by_severity[0]
    return f"Of what Trivy finds in it nothing counts: {one.id} in its {one.package} {findings.why_not(one)}."
