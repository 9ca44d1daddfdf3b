"""A report by Trivy in JSON: what was scanned, and what was found; what is no such report is told in a sentence.

The form is schema 2 (Trivy's pkg/types/report.go and vulnerability.go, the same since 0.20); fields that nothing
here asks for are free, so that reports of other versions of Trivy are read, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAX_FINDINGS = 20_000
"""Of one report; the largest images that people scan have some thousands."""

Severity = Literal["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"]

Text = Annotated[str, Field(max_length=1000)]


@dataclass(frozen=True, slots=True, order=True)
class Vulnerability:
    """One finding. fixed: in which versions it is, "" where in none."""

    id: str
    package: str
    installed: str
    severity: Severity
    fixed: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about, whatever is said of it."""
        return self.id, self.package, self.installed


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What was found. artifact: as it was named to Trivy. image_id: the digest of its configuration, "" for none.
    layers: digests of its layers unpacked.
    """

    artifact: str
    image_id: str
    layers: tuple[str, ...]
    found: frozenset[Vulnerability]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class _Found(_Model):
    VulnerabilityID: Text
    PkgName: Text
    InstalledVersion: Text = ""
    FixedVersion: Text = ""
    Severity: Severity


class _Modified(_Model):
    """What is in the report all the same, when it was told to show what it leaves out."""

    Type: Text = ""
    Finding: Any = None


class _Result(_Model):
    Vulnerabilities: Annotated[list[_Found], Field(max_length=MAX_FINDINGS)] | None = None
    ExperimentalModifiedFindings: Annotated[list[_Modified], Field(max_length=MAX_FINDINGS)] | None = None

    def listed(self) -> list[_Found]:
        """All of them; ValidationError where one makes no sense."""
        shown = [one.Finding for one in self.ExperimentalModifiedFindings or () if one.Type == "vulnerability"]
        return [*(self.Vulnerabilities or ()), *map(_Found.model_validate, shown)]


class _Metadata(_Model):
    ImageID: Text = ""
    DiffIDs: Annotated[list[Text], Field(max_length=1000)] | None = None


class _Report(_Model):
    SchemaVersion: Literal[2]
    ArtifactName: Text
    ArtifactType: Text = ""
    Metadata: _Metadata = _Metadata()
    Results: Annotated[list[_Result], Field(max_length=2000)] | None = None


def read_report(text: str) -> ScanReport | str:
    """The report, or why the text is none, in words that follow "it is"."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _no_json(text)
    if other := _other_form(value):
        return other
    try:
        # through JSON once more: pydantic takes a list for a list there, and a number for no text
        said = _Report.model_validate(value)
        listed = [one for result in said.Results or () for one in result.listed()]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])[:200]
        return f"no report by Trivy in JSON: {place}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    found = {
        Vulnerability(one.VulnerabilityID, one.PkgName, one.InstalledVersion, one.Severity, one.FixedVersion)
        for one in listed
    }
    if len(found) > MAX_FINDINGS:
        return f"a report with more than {MAX_FINDINGS} findings"
    return ScanReport(
        said.ArtifactName, said.Metadata.ImageID, tuple(said.Metadata.DiffIDs or ()), frozenset(found)
    )


def _no_json(text: str) -> str:
    if not text.strip():
        return "empty"
    if "┌─" in text or "Report Summary" in text or "\nTotal: " in f"\n{text}":
        return "Trivy's table, and no JSON: its form is another by --format json"
    if text.lstrip().startswith(("{", "[")):
        return "no whole JSON: it is cut, or something else stands in it"
    return "no JSON"


def _other_form(value: Any) -> str:
    """What another form of a report is called; "" for what may be one of Trivy's own."""
    if not isinstance(value, dict):
        return "no report by Trivy in JSON, which is an object with SchemaVersion and Results"
    if "runs" in value and "sarif" in str(value.get("$schema", "")).lower():
        return "SARIF, and not Trivy's own JSON: its form is another by --format json"
    if value.get("bomFormat") == "CycloneDX" or "spdxVersion" in value:
        return "an SBOM, and no report of vulnerabilities: its form is another by --format json"
    if "SchemaVersion" not in value:
        return "no report by Trivy in JSON, which has SchemaVersion and Results"
    return ""
