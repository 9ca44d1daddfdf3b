"""Check type `config-accepted`: the API server would start with its ImagePolicyWebhook files."""

from __future__ import annotations

from collections.abc import Iterable

from ckslab.diagnosis.node_files import NodeFiles, load_pod
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem
from ckslab.kubernetes.v1_35.apiserver_start import start_refusals
from ckslab.needs.files import FolderNeed


class ConfigAcceptedParams(Params):
    """pod: the API server's static pod."""

    pod: str = "kube-apiserver"


class ConfigAccepted(CheckType[ConfigAcceptedParams]):
    """Everything that makes v1.35.4 exit at its start, read from the files, in its own words.

    The outer document with strict decoding, the plugin's entry, the inner document, its ranges, the
    kubeconfig and the certificates it names.
    """

    name = "config-accepted"
    params = ConfigAcceptedParams

    def needs(self, params: ConfigAcceptedParams) -> Iterable[Need]:
        """The manifests; the files follow from them."""
        return [FolderNeed(MANIFESTS)]

    def paths(self, params: ConfigAcceptedParams) -> Iterable[str]:
        """None that an author wrote."""
        return []

    def judge(self, params: ConfigAcceptedParams, evidence: Evidence) -> Finding:
        """Fails with the first cause that the API server would meet."""
        expected = "the API server accepts its admission configuration and the webhook's kubeconfig"
        try:
            refusals = start_refusals(load_pod(evidence, params.pod), NodeFiles(evidence))
        except PodProblem as problem:
            return failed(expected, problem.reason, Where(problem.path, problem.line))
        if not refusals:
            return passed()
        message = "The API server exits at its start with these files."
        return failed(expected, refusals[0].reason, refusals[0].where, message)
