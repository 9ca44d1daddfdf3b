"""Where on the node the cause of a fatal message stands."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from ckslab.diagnosis.node_files import NodeFiles
from ckslab.evidence import Evidence, Where
from ckslab.kubernetes.static_pod.container_files import ContainerFiles
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.static_pod.mounts import clean
from ckslab.kubernetes.v1_35.apiserver_start import CONFIG_FLAG, follow
from ckslab.kubernetes.v1_35.refusal import Refusal
from ckslab.needs.files import FileNeed
from ckslab.text_lines import lines_of


@dataclass(frozen=True, slots=True)
class Places:
    """The static pod and the node files that its flag leads to, in that order."""

    evidence: Evidence
    pod: StaticPod
    files: tuple[str, ...]

    @classmethod
    def follow(cls, evidence: Evidence, pod: StaticPod) -> Places:
        """From the flag to the admission configuration, the settings and the kubeconfig."""
        paths = []
        flag = pod.flag(CONFIG_FLAG)
        if flag:
            paths.append(pod.node_path(flag.value).node_path)
            webhook = follow(ContainerFiles(pod, NodeFiles(evidence)))
            if webhook.policy_file:
                paths.append(webhook.policy_file.where.path)
            if webhook.policy and webhook.policy.kube_config_file:
                paths.append(pod.node_path(webhook.policy.kube_config_file).node_path)
        return cls(evidence, pod, tuple(dict.fromkeys(path for path in paths if path)))

    def naming(self, text: str) -> Where | None:
        """The last file of the chain, and its line, in which `text` stands (a path: or its last part)."""
        for needle in dict.fromkeys((text, posixpath.basename(text))):
            for path in (*reversed(self.files), self.pod.path):
                content = self.evidence.of(FileNeed(path)).text or ""
                for number, line in enumerate(lines_of(content), 1):
                    if needle and needle in line.partition(" #")[0]:
                        return Where(path, number)
        return None

    def flag_line(self, name: str) -> Where:
        """Where the manifest sets a flag."""
        # pflag's message about `-flag` with one dash names the whole argument, which is no flag here.
        lines = [each.line for each in self.pod.argv if each.text.lstrip("-").startswith(name)]
        return Where(self.pod.path, lines[-1] if lines else self.pod.line("command"), f"--{name}")


def place_of(places: Places, refusal: Refusal | None, groups: Mapping[str, str]) -> tuple[Where, str]:
    """The place, and what is to be said about it beyond the row's sentence."""
    flag = groups.get("flag") or groups.get("name")
    if flag:
        return _entry_line(places, flag, groups.get("text")), groups.get("text", "")
    path = groups.get("path", "")
    if path.startswith("/"):
        return _unreadable(places, clean(path), refusal)
    if refusal and refusal.where:
        return refusal.where, refusal.reason
    text = groups.get("text") or path
    found = places.naming(text) if text else None
    return found or Where(places.pod.path, places.pod.line("command")), ""


def _entry_line(places: Places, flag: str, entry: str | None) -> Where:
    for setting in places.pod.flags.get(flag, ()):
        if entry and entry in setting.value:
            return Where(places.pod.path, setting.line, f"--{flag}")
    return places.flag_line(flag)


def _unreadable(places: Places, path: str, refusal: Refusal | None) -> tuple[Where, str]:
    mapped = places.pod.node_path(path)
    if mapped.node_path is None:
        return Where(places.pod.path, mapped.line, "volumeMounts"), f"{path}: {mapped.reason}"
    naming = places.naming(path) or (refusal.where if refusal else None) or Where(places.pod.path, mapped.line)
    kind = places.evidence.of(FileNeed(mapped.node_path)).kind
    if kind == "absent":
        return naming, f"{path} is {mapped.node_path} on the node, where there is no such file"
    if refusal and refusal.where:
        return refusal.where, refusal.reason
    return naming, f"{path} is {mapped.node_path} on the node ({kind})"
