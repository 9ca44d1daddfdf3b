"""lab.json in an archive by `ckslab hand-in`: what the lab says of itself, read as the word of a stranger."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, StringConstraints, ValidationError

from ckslab.errors import UsageError
from ckslab.handed_in.root import LAB_FILE
from ckslab.kubernetes.certificates.pem import certificates, pem_blocks
from ckslab.kubernetes.node_file import MAX_PATH_TEXT, FileKind
from ckslab.scanning.report import MAX_FINDINGS, ScanReport, Severity, Vulnerability
from ckslab.strict import Identifier

FORMAT: Final = 1

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ImageDigest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
# Their lengths are not in the patterns: to count letters of all scripts takes 10 ms to compile, at each import.
Word = Annotated[str, StringConstraints(pattern=r"^[\w.:+/@-]*$", max_length=100)]
ScanWord = Annotated[str, StringConstraints(max_length=1000)]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=500)]


def _public(text: str) -> str:
    """A value as it is; what is PEM must be certificates, each of which can be read."""
    if "-----BEGIN " in text and not (
        len(certificates(text)) == len(pem_blocks(text)) == text.count("-----BEGIN ")
    ):
        raise ValueError("it is neither plain text nor certificates in PEM")
    return text


Public = Annotated[str, Field(max_length=64 << 10), AfterValidator(_public)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ServiceDocument(_Part):
    """A service: its kind, its address, and what else may be known of it; certificates are PEM."""

    kind: Identifier
    url: Line
    values: dict[Identifier, Public] = Field(max_length=16)


class InitialFileDocument(_Part):
    """A file at the start: what it was, its digest, a folder's names."""

    kind: FileKind
    sha256: Digest | Literal[""] = ""
    entries: tuple[Annotated[str, Field(max_length=3 * 255)], ...] = Field((), max_length=2000)


class CopiesDocument(_Part):
    """Whether a file's content of the start lay anywhere in a folder of the node (see `CopiesNeed`)."""

    path: Annotated[str, Field(max_length=1024)]
    folder: Annotated[str, Field(max_length=1024)]
    found: Annotated[str, Field(max_length=MAX_PATH_TEXT)]
    unread: Annotated[str, Field(max_length=2 * MAX_PATH_TEXT)]


class ImageDocument(_Part):
    """An image of the node's store: its names, and the digests that lead to it (see `StoredImage`)."""

    names: tuple[Line, ...] = Field(max_length=100)
    digests: tuple[ImageDigest, ...] = Field(max_length=100)
    ids: tuple[ImageDigest, ...] = Field(max_length=100)


class InitialImagesDocument(_Part):
    """The images of the node's store at the start. pods: static pod -> its image as its manifest named it."""

    pods: dict[Identifier, Line] = Field(max_length=100)
    images: tuple[ImageDocument, ...] = Field(max_length=500)


class VulnerabilityDocument(_Part):
    """One finding of a scan."""

    id: ScanWord
    package: ScanWord
    installed: ScanWord
    severity: Severity
    fixed: ScanWord


class ScanDocument(_Part):
    """What Trivy found in an image. image_id: digest of its configuration. layers: digests, unpacked."""

    artifact: Line
    image_id: Line
    layers: tuple[Line, ...] = Field(max_length=1000)
    found: tuple[VulnerabilityDocument, ...] = Field(max_length=MAX_FINDINGS)

    @classmethod
    def of(cls, report: ScanReport) -> ScanDocument:
        """As it is written."""
        found = tuple(
            VulnerabilityDocument(
                id=one.id, package=one.package, installed=one.installed, severity=one.severity, fixed=one.fixed
            )
            for one in sorted(report.found)
        )
        return cls(artifact=report.artifact, image_id=report.image_id, layers=report.layers, found=found)

    def report(self) -> ScanReport:
        """As it is read."""
        found = (Vulnerability(one.id, one.package, one.installed, one.severity, one.fixed) for one in self.found)
        return ScanReport(self.artifact, self.image_id, self.layers, frozenset(found))


class InitialScansDocument(RootModel[dict[Line, ScanDocument]]):
    """What was found in images of the node at the start: by an image's name, or `pod/NAME` of a static pod."""

    root: Annotated[dict[Line, ScanDocument], Field(max_length=100)]


class LabDocument(_Part):
    """A lab. digest: of its scenario when it was made ("" where that is not known). Times are RFC 3339 in UTC.

    initial_files: by node path, those that the scenario's checks compare with. copies: of files whose
    content they look for. initial_images, initial_scans: None where they compare with none.
    """

    format: Literal[1] = FORMAT
    ckslab_version: Word
    scenario: Identifier
    digest: Digest | Literal[""]
    lab: Identifier
    cluster: Word
    kubernetes: Word
    seed: int = Field(ge=0, lt=1 << 53)
    nonce: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{4,32}$")]
    started_at: Word
    handed_in_at: Word
    services: dict[Identifier, ServiceDocument] = Field(max_length=16)
    initial_files: dict[Annotated[str, Field(max_length=1024)], InitialFileDocument] = Field(max_length=1000)
    copies: tuple[CopiesDocument, ...] = Field((), max_length=1000)
    initial_images: InitialImagesDocument | None = None
    initial_scans: InitialScansDocument | None = None


def read_lab_document(data: bytes, source: str) -> LabDocument:
    """The document in an archive. UsageError, with the place, where it is none."""
    advice = "Make the archive anew in the lab: ckslab hand-in"
    try:
        return LabDocument.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])[:200]
        what = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{source}: {LAB_FILE}: {place + ': ' if place else ''}{what}", advice=advice) from None
