"""`image-reference`: images in a file are named with a tag or a digest, from the right registry."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.kubernetes.node_file import kind_text
from ckslab.kubernetes.yaml.text import YamlProblem, shared_yaml
from ckslab.matching.matcher import shown
from ckslab.matching.pinned import PIN_WORDS, Pinned, is_pinned
from ckslab.matching.value_path import ValuePath, select
from ckslab.needs.files import FileNeed
from ckslab.strict import NodePath


class ImageReferenceParams(Params):
    """path, at: the references in a YAML file (`[*]` for several). pinned: tag (never latest), digest,
    or either. digest: this digest. names: allowed names without tag and digest, as they are written.
    """

    path: NodePath
    at: ValuePath
    pinned: Pinned = "either"
    digest: str | None = Field(None, pattern=r"^sha256:[0-9a-f]{64}$")
    names: tuple[str, ...] = ()


class ImageReference(CheckType[ImageReferenceParams]):
    """How images are named in a manifest."""

    name = "image-reference"
    params = ImageReferenceParams

    def needs(self, params: ImageReferenceParams) -> Iterable[Need]:
        """The file."""
        return [FileNeed(params.path)]

    def judge(self, params: ImageReferenceParams, evidence: Evidence) -> Finding:
        """The first reference that is wrong."""
        file = evidence.of(FileNeed(params.path))
        if file.text is None:
            return failed("image references", kind_text(file), Where(params.path))
        try:
            document = shared_yaml(file.text, unique_keys=False)
        except YamlProblem as problem:
            return failed("image references", f"not valid YAML: {problem.reason}", Where(params.path, problem.line))
        values = select(document.value, params.at)
        for at, value in values:
            wrong = _wrong(params, value)
            if wrong:
                return failed(*wrong, Where(params.path, document.line(*at), params.at))
        return passed() if values else failed(f"an image at {params.at}", "there is none", Where(params.path))


def _wrong(params: ImageReferenceParams, value: object) -> tuple[str, str] | None:
    parsed = parse_image_reference(value) if isinstance(value, str) else None
    seen = shown(value)
    if parsed is None:
        return "an image reference", seen
    if not is_pinned(parsed, params.pinned):
        return f"an image with {PIN_WORDS[params.pinned]}", seen
    if params.digest is not None and parsed.digest != params.digest:
        return f"the digest {params.digest[:19]}...", seen
    if params.names and parsed.name not in params.names:
        return f"an image named {' or '.join(params.names)}", seen
    return None
