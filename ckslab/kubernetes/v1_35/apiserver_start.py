"""What kube-apiserver v1.35.4 makes of its ImagePolicyWebhook files, and why it would not start with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ckslab.kubernetes.kubeconfig.client import Client
from ckslab.kubernetes.kubeconfig.decode import decode_kubeconfig
from ckslab.kubernetes.kubeconfig.usable import EMPTY_CONFIG, build_client
from ckslab.kubernetes.node_file import Read, Where
from ckslab.kubernetes.static_pod.container_files import ContainerFiles, Seen
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.v1_35.admission_configuration import PLUGIN, Admission, decode_admission, image_policy
from ckslab.kubernetes.v1_35.admission_plugins import (
    BEFORE,
    DISABLE_FLAG,
    ENABLE_FLAG,
    KNOWN,
    ONLY_FLAG,
    enabled_plugins,
)
from ckslab.kubernetes.v1_35.flag_refusals import command_line_refusals, hidden_files
from ckslab.kubernetes.v1_35.image_policy import ImagePolicy
from ckslab.kubernetes.v1_35.refusal import Refusal

CONFIG_FLAG = "admission-control-config-file"


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
    files = ContainerFiles(pod, read)
    if found := command_line_refusals(pod) or _plugin_names(pod) or list(hidden_files(pod, read)):
        return found
    webhook = follow(files)
    if webhook.admission and webhook.admission.refusals:
        return list(webhook.admission.refusals)
    enabled = enabled_plugins(pod.flags)
    own = _webhook_refusals(webhook, files) if PLUGIN in enabled else []
    before, after = _other_entries(webhook, files, enabled)
    return before or own or after


def hidden_refusal(pod: StaticPod, read: Read) -> Refusal | None:
    """What keeps the API server from its files whatever these hold: its command line, or a mount that is not there.

    A file of the admission configuration counts only if it lies on the node under the path by which it is named.
    """
    files = _NotingFiles(pod, read)
    found = command_line_refusals(pod) or list(hidden_files(pod, read))
    if found:
        return found[0]
    webhook = follow(files)
    webhook.client(files)
    for seen in files.missed:
        path = seen.container_path
        if pod.node_path(path).node_path != path and read(path).kind == "file":
            return Refusal("manifest", f"{seen.error}, and the API server is to read it at its start", seen.where)
    return None


@dataclass(frozen=True)
class _NotingFiles(ContainerFiles):
    """Keeps what could not be opened."""

    missed: list[Seen] = field(default_factory=list)

    def open(self, path: str) -> Seen:
        """The file at a container path."""
        seen = ContainerFiles.open(self, path)
        if not seen.readable:
            self.missed.append(seen)
        return seen


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


def _plugin_names(pod: StaticPod) -> list[Refusal]:
    """AdmissionOptions.Validate: names that nobody knows, and flags that contradict one another."""
    given = {flag: pod.list_flag(flag) for flag in (ENABLE_FLAG, DISABLE_FLAG, ONLY_FLAG) if flag in pod.flags}
    places = {flag: Where(pod.path, pod.flags[flag][-1].line, f"--{flag}") for flag in given}
    found = [
        Refusal("plugin-name", f'{flag} plugin "{name}" is unknown', places[flag])
        for flag, names in given.items()
        for name in names
        if name not in KNOWN
    ]
    both = sorted(set(given.get(ENABLE_FLAG, ())) & set(given.get(DISABLE_FLAG, ())))
    if both:
        words = f"{both} in {ENABLE_FLAG} and {DISABLE_FLAG} overlapped"
        found.append(Refusal("plugin-name", words, places[DISABLE_FLAG]))
    if ONLY_FLAG in given and len(given) > 1:
        words = f"{ONLY_FLAG} and {ENABLE_FLAG}/{DISABLE_FLAG} flags are mutually exclusive"
        found.append(Refusal("plugin-name", words, places[ONLY_FLAG]))
    return found


def _other_entries(
    webhook: Webhook, files: ContainerFiles, enabled: frozenset[str]
) -> tuple[list[Refusal], list[Refusal]]:
    """Entries of other plugins whose path cannot be read, which are met before and after ours."""
    before: list[Refusal] = []
    after: list[Refusal] = []
    if webhook.admission is None or webhook.admission.legacy:
        return before, after
    for entry in webhook.admission.entries:
        first = webhook.admission.entry(entry.name) is entry
        if entry.name == PLUGIN or not first or entry.name not in enabled:
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
