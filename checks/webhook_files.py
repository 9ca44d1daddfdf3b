"""`webhook-files`: where on the node the files lie that ImagePolicyWebhook is configured with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import model_validator

from ckslab.diagnosis.node_files import container_files, load_pod, webhook_of
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.static_pod.container_files import Seen
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem
from ckslab.kubernetes.static_pod.mounts import below, clean
from ckslab.kubernetes.v1_35.apiserver_start import CONFIG_FLAG, Webhook
from ckslab.needs.files import FileNeed, FolderNeed
from ckslab.strict import NodePath


class WebhookFilesParams(Params):
    """Node paths, one or more. folder: all of it lies there: admission configuration, settings, kubeconfig.

    admission-configuration, kubeconfig: this is the file. pod: the API server's static pod.
    """

    folder: NodePath | None = None
    admission_configuration: NodePath | None = None
    kubeconfig: NodePath | None = None
    pod: str = "kube-apiserver"

    @model_validator(mode="after")
    def _says_something(self) -> WebhookFilesParams:
        if not (self.folder or self.admission_configuration or self.kubeconfig):
            raise ValueError("asserts nothing: give folder, admission-configuration or kubeconfig")
        return self


class WebhookFiles(CheckType[WebhookFilesParams]):
    """From the flag through the mounts to the node's files; what the files say is for other checks."""

    name = "webhook-files"
    params = WebhookFilesParams

    def needs(self, params: WebhookFilesParams) -> Iterable[Need]:
        """The manifests; the files follow from them."""
        return [FolderNeed(MANIFESTS)]

    def paths(self, params: WebhookFilesParams) -> Iterable[str]:
        """The paths of the parameters."""
        return filter(None, (params.folder, params.admission_configuration, params.kubeconfig))

    def judge(self, params: WebhookFilesParams, evidence: Evidence) -> Finding:
        """The first file that is missing or lies elsewhere."""
        try:
            pod = load_pod(evidence, params.pod)
        except PodProblem as problem:
            expected = f"one manifest with a pod named {params.pod}"
            return failed(expected, problem.reason, Where(problem.path, problem.line))
        webhook = webhook_of(evidence, pod)
        for what, seen, wanted in _files(params, webhook, evidence):
            expected = f"the {what} is {wanted}" if wanted else f"the {what} lies in {params.folder}"
            if isinstance(seen, str):
                return failed(expected, seen, Where(pod.path, pod.line("command"), "command"))
            if seen.file is None or not seen.readable:
                return failed(expected, seen.error, seen.where)
            paths = {clean(seen.where.path), seen.file.real or clean(seen.where.path)}
            if wanted and not paths & {wanted, evidence.of(FileNeed(wanted)).real or wanted}:
                return failed(expected, f"it is {seen.where.path}", seen.where)
            if params.folder and not any(below(path, params.folder) for path in paths):
                return failed(expected, f"it is {seen.where.path}", seen.where)
        return passed()


def _files(
    params: WebhookFilesParams, webhook: Webhook, evidence: Evidence
) -> Iterator[tuple[str, Seen | str, str | None]]:
    """Each file that is asked for: what it is, the file behind it or why there is none, and where it should be."""
    admission = webhook.admission
    if params.folder or params.admission_configuration:
        seen = admission.seen if admission else f"there is no --{CONFIG_FLAG}"
        yield "admission configuration", seen, params.admission_configuration
    if params.folder and webhook.policy_file and webhook.policy_file is not (admission and admission.seen):
        yield "file with the plugin's settings", webhook.policy_file, None
    if params.folder or params.kubeconfig:
        path = webhook.policy.kube_config_file if webhook.policy else ""
        files = container_files(evidence, webhook.pod)
        yield "kubeconfig", files.open(path) if path else "nothing names a kubeconfig", params.kubeconfig
