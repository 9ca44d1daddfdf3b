"""`unchanged`: files are byte for byte as they were when the lab began."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.node_file import differs, kind_text
from ckslab.needs.files import FileNeed, InitialNeed
from ckslab.strict import NodePath


class UnchangedParams(Params):
    """paths: node files."""

    paths: tuple[NodePath, ...] = Field(min_length=1)


class Unchanged(CheckType[UnchangedParams]):
    """Protects files that the task leaves alone."""

    name = "unchanged"
    params = UnchangedParams

    def needs(self, params: UnchangedParams) -> Iterable[Need]:
        """Each file now and then."""
        return [need(path) for path in params.paths for need in (FileNeed, InitialNeed)]

    def judge(self, params: UnchangedParams, evidence: Evidence) -> Finding:
        """The first file that differs."""
        for path in params.paths:
            now, then = evidence.of(FileNeed(path)), evidence.of(InitialNeed(path))
            if differs(now, then):
                seen = "its content changed" if now.kind == then.kind else kind_text(now)
                return failed(f"{path} as it was", seen, Where(path, _changed_line(now.text, then.text)))
        return passed()

    def paths(self, params: UnchangedParams) -> Iterable[str]:
        """The files."""
        return params.paths


def _changed_line(now: str | None, then: str | None) -> int | None:
    """The first line that is different, None if one of the texts is not known."""
    if now is None or then is None:
        return None
    old = then.splitlines()
    for number, line in enumerate(now.splitlines(), 1):
        if number > len(old) or old[number - 1] != line:
            return number
    return None
