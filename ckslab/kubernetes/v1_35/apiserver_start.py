"""What kube-apiserver v1.35.4 makes of its ImagePolicyWebhook files, and why it would not start with them."""

from __future__ import annotations

from dataclasses import dataclass

from ckslab.kubernetes.kubeconfig.client import Client
from ckslab.kubernetes.kubeconfig.decode import decode_kubeconfig
from ckslab.kubernetes.kubeconfig.usable import EMPTY_CONFIG, build_client
from ckslab.kubernetes.node_file import Read, Where
from ckslab.kubernetes.static_pod.container_files import ContainerFiles, Seen
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.v1_35.admission_configuration import PLUGIN, Admission, decode_admission, image_policy
from ckslab.kubernetes.v1_35.admission_plugins import BEFORE, DEFAULT, KNOWN
from ckslab.kubernetes.v1_35.image_policy import ImagePolicy
from ckslab.kubernetes.v1_35.refusal import Refusal

CONFIG_FLAG = "admission-control-config-file"
ENABLE_FLAG = "enable-admission-plugins"
DISABLE_FLAG = "disable-admission-plugins"


@dataclass(frozen=True)
class Webhook:
    """The plugin's configuration as far as it could be followed.

    admission: None when the flag is missing. policy_file: the file that holds the settings.
    """

    pod: StaticPod
    admission: Admission | None = None
    policy: ImagePolicy | None = None
    policy_file: Seen | None = None

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Why the admission configuration is refused, without its kubeconfig."""
        found = self.admission.refusals if self.admission else ()
        return found + (self.policy.refusals if self.policy else ())

    def client(self, files: ContainerFiles) -> Client | None:
        """The client that the kubeconfig makes, or None if nothing names a kubeconfig."""
        if self.policy is None or not self.policy.kube_config_file:
            return None
        return build_client(decode_kubeconfig(files.open(self.policy.kube_config_file)), files)


def follow(files: ContainerFiles, fallback: str | None = None) -> Webhook:
    """Follows the flag to the settings. files: what the container sees. fallback: the path without a flag."""
    pod = files.pod
    flag = pod.flag(CONFIG_FLAG)
    path = flag.value if flag else (fallback or "")
    if not path:
        return Webhook(pod)
    admission = decode_admission(files.open(path))
    if admission.refusals and not admission.entries:
        return Webhook(pod, admission)
    policy, seen = image_policy(admission, files.open)
    return Webhook(pod, admission, policy, seen)


def start_refusals(pod: StaticPod, read: Read) -> list[Refusal]:
    """Why the API server would not start with these files, in the order in which it meets the causes."""
    if pod.refused:
        return [Refusal("manifest", pod.refused.reason, Where(pod.path, pod.refused.line))]
    enabled = pod.list_flag(ENABLE_FLAG)
    files = ContainerFiles(pod, read)
    webhook = follow(files)
    outer = webhook.admission.refusals if webhook.admission else ()
    if found := _plugin_names(pod, enabled) or list(outer):
        return found
    own = _webhook_refusals(webhook, files) if PLUGIN in enabled else []
    before, after = _other_entries(webhook, files, enabled)
    return before or own or after


def _webhook_refusals(webhook: Webhook, files: ContainerFiles) -> list[Refusal]:
    """Why the plugin cannot be made."""
    pod = webhook.pod
    if webhook.policy is None:
        where = Where(pod.path, pod.line("command"), "command")
        reason = f'couldn\'t init admission plugin "{PLUGIN}": no config specified'
        return [Refusal("no-config", f"{reason} (there is no --{CONFIG_FLAG})", where)]
    if webhook.policy.refusals:
        return list(webhook.policy.refusals)
    client = webhook.client(files)
    return client.refusals if client else [_no_kubeconfig(webhook)]


def _plugin_names(pod: StaticPod, enabled: list[str]) -> list[Refusal]:
    found = []
    for flag, names in ((ENABLE_FLAG, enabled), (DISABLE_FLAG, pod.list_flag(DISABLE_FLAG))):
        setting = pod.flag(flag)
        where = Where(pod.path, setting.line if setting else None, f"--{flag}")
        found += [
            Refusal("plugin-name", f'{flag} plugin "{name}" is unknown', where)
            for name in names
            if name not in KNOWN
        ]
        both = sorted(set(enabled) & set(names)) if names is not enabled else []
        if both:
            words = f"{both} in enable-admission-plugins and disable-admission-plugins overlapped"
            found.append(Refusal("plugin-name", words, where))
    return found


def _other_entries(
    webhook: Webhook, files: ContainerFiles, enabled: list[str]
) -> tuple[list[Refusal], list[Refusal]]:
    """Entries of other plugins whose path cannot be read, which are met before and after ours."""
    before: list[Refusal] = []
    after: list[Refusal] = []
    if webhook.admission is None or webhook.admission.legacy:
        return before, after
    on = (DEFAULT - set(webhook.pod.list_flag(DISABLE_FLAG))) | set(enabled)
    for entry in webhook.admission.entries:
        first = webhook.admission.entry(entry.name) is entry
        if entry.name == PLUGIN or not first or entry.name not in on:
            continue
        if entry.configuration is not None or not entry.path:
            continue
        seen = files.open(entry.path)
        if not seen.readable:
            reason = f"Couldn't open admission plugin configuration {seen.container_path}: {seen.error}"
            where = webhook.admission.place("plugins", entry.index, "path")
            (before if entry.name in BEFORE else after).append(Refusal("plugin-path", reason, where))
    return before, after


def _no_kubeconfig(webhook: Webhook) -> Refusal:
    """Without kubeConfigFile clientcmd looks for a kubeconfig in the container's home, and finds none."""
    where = webhook.policy.places.get("kubeConfigFile") if webhook.policy else None
    return Refusal("empty-config", f"{EMPTY_CONFIG} (imagePolicy has no kubeConfigFile)", where)
