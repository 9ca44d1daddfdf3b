"""Paths that the task names and nothing in the scenario knows: a slip of the author, or an untested claim."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ckslab.scenario.actions import Action, Checksums, Copy, Edit, Remove, Replace, StaticPod, Write
from ckslab.scenario.kinds import Kinds
from ckslab.scenario.loading.source import Problem
from ckslab.scenario.model import Scenario

_PATH = re.compile(r"(?<![\w/:.\]>~}*-])/(?:[\w.@%+-]+/)*[\w.@%+-]+/?")

ON_EVERY_NODE = (
    "/etc/kubernetes/manifests/etcd.yaml",
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/kubernetes/manifests/kube-controller-manager.yaml",
    "/etc/kubernetes/manifests/kube-scheduler.yaml",
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/pki",
    "/etc/hosts",
    "/var/log/pods",
    "/var/log/containers",
    "/var/lib/kubelet",
)
"""What kubeadm and the kubelet put on a node."""


def unknown_paths(scenario: Scenario, kinds: Kinds) -> Iterator[Problem]:
    """Each path in task.md that no check and no set-up knows; folders of known paths are known."""
    known = set(ON_EVERY_NODE)
    known.update(path for check in scenario.checks for path in kinds.checks[check.type].paths(check.params))
    known.update(file.path for file in scenario.setup.files)
    known.update(one.cert for one in scenario.setup.certificates)
    known.update(one.key for one in scenario.setup.certificates if one.key)
    known.update(image.archive for image in scenario.setup.images if image.archive)
    for service in scenario.services.values():
        known.update(kinds.services[service.kind].lays(service.settings))
    for name, settings in scenario.setup.add_ons.items():
        known.update(file.path for file in kinds.add_ons[name].files(settings))
    for fault in () if scenario.faults is None else scenario.faults.choices:
        known.update(path for step in fault.steps for path in _paths_of(step.action))
    for sentence in scenario.sentences:
        for path in paths_in(sentence.text):
            if path not in known and not any(one.startswith(f"{path}/") for one in known):
                line = sentence.line + sentence.text[: sentence.text.index(path)].count("\n")
                message = f"names {path}, which no check and no set-up knows"
                yield Problem(str(scenario.folder / "task.md"), line, message)


def paths_in(text: str) -> list[str]:
    """The absolute paths that a text names, without a slash at the end."""
    return [path for match in _PATH.finditer(text) if (path := match[0].rstrip("/."))]


def _paths_of(action: Action) -> tuple[str, ...]:
    """The paths that it reads or changes; none for steps on objects and for commands."""
    match action:
        case Write():
            return (action.write,)
        case Edit():
            return (action.edit,)
        case Replace():
            return (action.replace,)
        case Copy():
            return tuple(path for pair in action.pairs for path in pair)
        case Remove():
            return action.remove
        case Checksums():
            return (action.checksums, *action.of)
        case StaticPod():
            return (action.manifest,)
        case _:
            return ()
