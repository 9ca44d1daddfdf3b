"""`apiserver-ready`: the API server serves."""

from __future__ import annotations

from collections.abc import Iterable

from ckslab.diagnosis.api_down import api_down
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed, undecided
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS
from ckslab.needs.api_server import ApiServerNeed
from ckslab.needs.files import FolderNeed
from ckslab.needs.initial_image import InitialImageNeed
from ckslab.strict import Flag


class ApiServerReadyParams(Params):
    """version: what it must be, such as v1.35.4. same-version: what it was at the start. Both are optional."""

    version: str | None = None
    same_version: Flag = False


class ApiServerReady(CheckType[ApiServerReadyParams]):
    """/readyz answers ok; asked of the API server itself, because its mirror pod may be missing."""

    name = "apiserver-ready"
    params = ApiServerReadyParams

    def needs(self, params: ApiServerReadyParams) -> Iterable[Need]:
        """The live server, and the manifests that explain it when it is down."""
        yield from (ApiServerNeed(), FolderNeed(MANIFESTS))
        if params.same_version:
            yield InitialImageNeed(API_SERVER)

    def judge(self, params: ApiServerReadyParams, evidence: Evidence) -> Finding:
        """Ready and of the right version."""
        server = evidence.of(ApiServerNeed())
        expected = "the API server answers /readyz with ok"
        if server.state != "ready":
            what = "is down" if server.state == "down" else "runs, but is not ready"
            reason = f"the API server {what}, and no log names a cause in a changed file"
            return api_down(evidence, expected, reason)
        if params.version is not None and server.version != params.version:
            return failed(f"kube-apiserver {params.version}", server.version or "an unknown version")
        return _as_at_the_start(server.version, evidence) if params.same_version else passed()


def _as_at_the_start(version: str, evidence: Evidence) -> Finding:
    """By the tag that the image had: it is the version, with _ for the + that no tag may have."""
    initial = parse_image_reference(evidence.of(InitialImageNeed(API_SERVER)).reference)
    if initial is None or not initial.tag:
        return undecided("the image that the API server had at the start does not tell its version")
    if version.replace("+", "_") != initial.tag:
        return failed(f"kube-apiserver {initial.tag}, as at the start", version or "an unknown version")
    return passed()
