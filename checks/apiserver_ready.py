"""`apiserver-ready`: the API server serves."""

from __future__ import annotations

from collections.abc import Iterable

from ckslab.diagnosis.api_down import api_down
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.needs.api_server import ApiServerNeed
from ckslab.needs.files import FolderNeed


class ApiServerReadyParams(Params):
    """version: what it must be, such as v1.35.4 (optional)."""

    version: str | None = None


class ApiServerReady(CheckType[ApiServerReadyParams]):
    """/readyz answers ok; asked of the API server itself, because its mirror pod may be missing."""

    name = "apiserver-ready"
    params = ApiServerReadyParams

    def needs(self, params: ApiServerReadyParams) -> Iterable[Need]:
        """The live server, and the manifests that explain it when it is down."""
        return [ApiServerNeed(), FolderNeed(MANIFESTS)]

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
        return passed()
