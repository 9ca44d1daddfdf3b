"""`answer-image`: which image the learner wrote down, by name or by digest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.image_digests import Pin, digest_problem, other_image
from ckslab.kubernetes.image_reference import ImageReference, parse_image_reference
from ckslab.kubernetes.node_file import kind_text
from ckslab.matching.matcher import shown
from ckslab.needs.files import FileNeed
from ckslab.needs.initial_image import InitialImageFact, InitialImageNeed
from ckslab.strict import NodePath
from ckslab.text_lines import lines_of


class AnswerImageParams(Params):
    """path: a file with one image, as NAME@sha256:DIGITS, a tag before the @ or none. pod: the static pod whose
    image at the start it is. by: `name`, so that name and tag are that image's, or `digest`.
    """

    path: NodePath
    pod: str
    by: Literal["name", "digest"]


class AnswerImage(CheckType[AnswerImageParams]):
    """An image has several digests, and a name may be written with a tag: what counts is to what it leads."""

    name = "answer-image"
    params = AnswerImageParams

    def needs(self, params: AnswerImageParams) -> Iterable[Need]:
        """The file and the image."""
        return [FileNeed(params.path), InitialImageNeed(params.pod)]

    def judge(self, params: AnswerImageParams, evidence: Evidence) -> Finding:
        """The one line of the file."""
        file, where = evidence.of(FileNeed(params.path)), Where(params.path)
        expected = f"the image of {params.pod}, as NAME@sha256:DIGITS"
        if file.text is None:
            return failed(expected, kind_text(file), where)
        lines = [line.strip() for line in lines_of(file.text.removeprefix("\ufeff")) if line.strip()]
        if len(lines) != 1:
            return failed(expected, f"{len(lines)} lines" if lines else "the file is empty", where)
        wrong = _WRONG[params.by](lines[0], evidence.of(InitialImageNeed(params.pod)))
        return failed(expected, f"{shown(lines[0])}: {wrong}", where) if wrong else passed()


def _name(text: str, initial: InitialImageFact) -> str:
    """Why the name before the digest is not the image's; "" where it is."""
    name, at, _ = text.partition("@")
    if not at and not digest_problem(text):
        return "no name and no @ stand before the digest"
    parsed = parse_image_reference(name)
    if parsed is None:
        return "it is the name of no image"
    known = [one for one in map(parse_image_reference, initial.image.names) if one is not None]
    if not any(_place(one) == _place(parsed) for one in known):
        return "it is the name of another image"
    if parsed.tag and not any(one.tag == parsed.tag for one in known if _place(one) == _place(parsed)):
        return f"the image that runs has not the tag {shown(parsed.tag)}"
    return ""


def _digest(text: str, initial: InitialImageFact) -> str:
    """Why the digest is not the image's; "" where it is."""
    _, at, digest = text.partition("@")
    if not at:
        return "no digest stands after an @"
    if problem := digest_problem(digest):
        return problem
    return other_image(Pin(initial.reference, digest), initial.image, initial.store)


_WRONG = {"name": _name, "digest": _digest}


def _place(reference: ImageReference) -> str:
    return f"{reference.registry}/{reference.repository}"
