"""`scan-report`: a report by Trivy in JSON that holds what a scan with these filters finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, model_validator

from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.node_file import kind_text
from ckslab.needs.files import FileNeed
from ckslab.needs.scan import ScanNeed
from ckslab.scanning.report import ScanReport, Vulnerability, read_report
from ckslab.scanning.selection import Selection
from ckslab.strict import NodePath

Aspect = Literal["form", "severities", "fixed"]


class ScanReportParams(Params):
    """path: the report. pod, image, archive: of what, see `ScanNeed`. findings: which it holds, all of them and no
    others (severities, ids, fixed). aspect: judge one part only: form (a report by Trivy in JSON on it), severities
    (nothing of another severity), fixed (nothing without a fix); each of the last two wants all findings that are
    asked for, too.
    """

    path: NodePath
    pod: str = ""
    image: str = ""
    archive: NodePath | None = None
    findings: Selection = Field(default_factory=Selection)
    aspect: Aspect | None = None

    @model_validator(mode="after")
    def _of_something(self) -> ScanReportParams:
        if [bool(self.pod), bool(self.image), bool(self.archive)].count(True) != 1:
            raise ValueError("say of what, in one way: `pod`, `image` or `archive`")
        return self

    @property
    def scan(self) -> ScanNeed:
        """What is compared with."""
        return ScanNeed(self.pod, self.image, self.archive or "")


class ScanReportCheck(CheckType[ScanReportParams]):
    """Reports are compared as sets: in any order, by any version of Trivy that has the same form."""

    name = "scan-report"
    params = ScanReportParams

    def needs(self, params: ScanReportParams) -> Iterable[Need]:
        """The file, and what the lab's own scan found."""
        return [FileNeed(params.path), params.scan]

    def judge(self, params: ScanReportParams, evidence: Evidence) -> Finding:
        """Its form, then what is in it."""
        file, where = evidence.of(FileNeed(params.path)), Where(params.path)
        expected = "a report by Trivy in JSON"
        if file.text is None:
            return failed(expected, kind_text(file), where)
        report = read_report(file.text.removeprefix("\ufeff"))
        if isinstance(report, str):
            return failed(expected, f"it is {report}", where)
        own = evidence.of(params.scan)
        if other := _other_image(report, own):
            return failed(f"a report on {own.artifact}", other, where)
        wrong = _wrong(params, report, own)
        return failed(*wrong, where) if wrong else passed()


def _other_image(report: ScanReport, own: ScanReport) -> str:
    """What it is a report on instead, in a sentence; "" where it is one on this image.

    Trivy puts the image's ID into its reports, and into those of SBOMs that keep it. An SPDX document as text
    keeps none: then it is told by what was found, all of which this image has.
    """
    if report.image_id == own.image_id:
        return ""
    on = f"it is one on {report.artifact or 'nothing that has a name'}"
    if report.image_id or report.layers:
        return on
    if not report.found:
        return f"{on}, without an image's ID, and there are no findings in it"
    known = {one.key for one in own.found}
    strange = [one for one in report.found if one.key not in known]
    return f"{on}, without an image's ID, and this image has not {_listed(strange)}" if strange else ""


def _wrong(params: ScanReportParams, report: ScanReport, own: ScanReport) -> tuple[str, str] | None:
    """What was expected and what is there; None where all is as it should be."""
    if params.aspect == "form":
        # an empty object with the right keys is no report on an image in which something is found
        return None if report.found or not own.found else ("findings of the scan", "there are none in it")
    known = {one.key: one for one in own.found}
    strange = [one for one in report.found if one.key not in known]
    if strange:
        return "what Trivy finds in this image", f"it does not find {_listed(strange)}"
    # what a finding is, its own report says; what is asked for, the lab's: a severity that was edited is none
    edited = [one for one in report.found if known[one.key].severity != one.severity]
    if edited:
        return "severities as Trivy gives them", f"another one for {_listed(edited)}"
    wanted, have = params.findings.of(own.found), {known[one.key] for one in report.found}
    extra = sorted(one for one in have if _against(params, one))
    if extra:
        return "no other findings than those asked for", f"{_listed(extra)} {_against(params, extra[0])}"
    lost = [one for one in wanted if one not in have]
    if lost:
        return f"all {len(wanted)} findings that are asked for", f"{len(lost)} of them are missing"
    return None


def _against(params: ScanReportParams, one: Vulnerability) -> str:
    """Why a finding has no place in the report, by the aspect that is judged; "" where it has."""
    if params.aspect == "severities":
        return Selection(severities=params.findings.severities).why_not(one)
    if params.aspect == "fixed":
        return Selection(fixed=params.findings.fixed).why_not(one)
    return params.findings.why_not(one)


def _listed(found: Iterable[Vulnerability]) -> str:
    """The first of them by id and package."""
    return few(f"{one.id} ({one.package})" for one in sorted(found))
