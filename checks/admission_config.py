"""Check type `admission-config`: what the ImagePolicyWebhook plugin is set to, decoded as it decodes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ckslab.diagnosis.node_files import container_files, load_pod, no_config_file, webhook_of
from ckslab.diagnosis.running_server import NOT_RESTARTED, RESTART, STALE, stale_since_start
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.static_pod.container_files import ContainerFiles, Seen
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem
from ckslab.kubernetes.v1_35.admission_configuration import PLUGIN
from ckslab.kubernetes.v1_35.apiserver_start import Webhook
from ckslab.needs.files import FolderNeed

Seconds = int
Milliseconds = int


class ImagePolicySettings(BaseModel):
    """Expected settings, spelled as below imagePolicy. -1 expects a time that is switched off."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    default_allow: bool | None = Field(default=None, alias="defaultAllow")
    allow_ttl: Seconds | None = Field(default=None, alias="allowTTL", ge=-1, le=1800)
    deny_ttl: Seconds | None = Field(default=None, alias="denyTTL", ge=-1, le=1800)
    retry_backoff: Milliseconds | None = Field(default=None, alias="retryBackoff", ge=-1, le=300_000)
    kube_config_file: str | None = Field(default=None, alias="kubeConfigFile")

    def wanted(self) -> dict[str, Any]:
        """The settings that are given, by their names in the file."""
        return self.model_dump(by_alias=True, exclude_none=True)


class AdmissionConfigParams(Params):
    """What is expected of the plugin's configuration.

    settings: effective values, defaults filled in. form: where the settings stand: in a file of their own
    (path) or in the AdmissionConfiguration (configuration). pod: the API server's static pod.
    file: the node file to judge while the flag --admission-control-config-file is missing.
    """

    plugin: Literal["ImagePolicyWebhook"] = "ImagePolicyWebhook"
    settings: ImagePolicySettings = Field(default_factory=ImagePolicySettings)
    form: Literal["any", "path", "configuration"] = "any"
    pod: str = "kube-apiserver"
    file: str | None = Field(default=None, pattern=r"^/")

    @model_validator(mode="after")
    def _asserts_something(self) -> AdmissionConfigParams:
        if self.form == "any" and not self.settings.wanted():
            raise ValueError("give at least one setting, or a form other than any")
        return self


class AdmissionConfig(CheckType[AdmissionConfigParams]):
    """Compares decoded settings; a configuration that the API server refuses has none.

    Where the running API server began before the files were saved, they are not what it works with.
    """

    name = "admission-config"
    params = AdmissionConfigParams

    def needs(self, params: AdmissionConfigParams) -> Iterable[Need]:
        """The manifests; the files follow from the flag."""
        return [FolderNeed(MANIFESTS)]

    def paths(self, params: AdmissionConfigParams) -> Iterable[str]:
        """The files that the parameters name."""
        return [path for path in (params.file, params.settings.kube_config_file) if path]

    def judge(self, params: AdmissionConfigParams, evidence: Evidence) -> Finding:
        """Partial credit by settings; a stale file earns nothing."""
        try:
            pod = load_pod(evidence, params.pod)
        except PodProblem as problem:
            return failed(_expected(params), problem.reason, Where(problem.path, problem.line))
        webhook = webhook_of(evidence, pod, params.file)
        if missing := no_config_file(pod, webhook):
            seen, line = missing
            return failed(_expected(params), seen, Where(pod.path, line, "command"), pod.doubled)
        if webhook.refusals:
            first = webhook.refusals[0]
            message = "The API server refuses this configuration, so none of its settings count."
            return failed(_expected(params), first.reason, first.where, message)
        return _stale(params, webhook, evidence) or _compare(params, webhook, container_files(evidence, pod))


def _compare(params: AdmissionConfigParams, webhook: Webhook, files: ContainerFiles) -> Finding:
    wrong = _wrong_form(params, webhook)
    policy = webhook.policy
    wanted = params.settings.wanted()
    for name, value in wanted.items():
        seen = policy.values.get(name) if policy else None
        if not _same(name, seen, value, files):
            where = policy.places.get(name) if policy else None
            wrong.append((f"{name}: {_shown(value)}", f"{name}: {_shown(seen)}", where))
    if not wrong:
        return passed()
    total = len(wanted) + (params.form != "any")
    return failed(
        ", ".join(one[0] for one in wrong),
        ", ".join(one[1] for one in wrong),
        wrong[0][2],
        share=(total - len(wrong)) / total,
    )


def _wrong_form(params: AdmissionConfigParams, webhook: Webhook) -> list[tuple[str, str, Where | None]]:
    admission = webhook.admission
    entry = admission.entry() if admission else None
    if params.form == "any" or admission is None or entry is None:
        return []
    # A bare imagePolicy given to the flag has no AdmissionConfiguration around it: neither form.
    form = "neither" if admission.legacy else "path" if entry.configuration is None else "configuration"
    if form == params.form:
        return []
    words = {
        "path": f"the settings of {PLUGIN} in a file of their own, named by path:",
        "configuration": f"the settings of {PLUGIN} below configuration: in the AdmissionConfiguration",
        "neither": "a bare imagePolicy without an AdmissionConfiguration",
    }
    return [(words[params.form], words[form], admission.place("plugins", entry.index))]


def _stale(params: AdmissionConfigParams, webhook: Webhook, evidence: Evidence) -> Finding | None:
    files = [webhook.admission.seen if webhook.admission else None, webhook.policy_file]
    for seen in files:
        if isinstance(seen, Seen) and stale_since_start(evidence, seen):
            told = f"{seen.where.path} was changed, but {STALE}"
            return failed(_expected(params), told, seen.where, RESTART, root=NOT_RESTARTED)
    return None


def _same(name: str, seen: object, wanted: object, files: ContainerFiles) -> bool:
    if name == "kubeConfigFile" and isinstance(seen, str) and seen:
        return files.open(seen).container_path == wanted
    return seen == wanted


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value in (None, "") else str(value)


def _expected(params: AdmissionConfigParams) -> str:
    wanted = params.settings.wanted()
    settings = ", ".join(f"{name}: {_shown(value)}" for name, value in wanted.items())
    return f"{params.plugin} with {settings}" if settings else f"{params.plugin} configured by {params.form}:"
