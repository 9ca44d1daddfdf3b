"""Why kube-apiserver would not start with these files: a cause, its words, and the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ckslab.kubernetes.node_file import Where

Cause = Literal[
    "manifest",  # the kubelet makes no container from the manifest
    "flag",  # a flag that does not exist, or a value that it does not take
    "flag-missing",  # a flag without which there is no start
    "flag-file",  # a file that a flag names and the container cannot see
    "plugin-name",  # a flag names a plugin that does not exist, or two flags name one
    "config-unreadable",  # the file of --admission-control-config-file
    "yaml",  # not YAML (or JSON) at all
    "kind",  # apiVersion or kind
    "type",  # a value of the wrong type
    "strict",  # unknown or duplicate keys
    "no-config",  # no entry for the plugin, or an entry without settings
    "plugin-path",  # the target of an entry's path cannot be read
    "range",  # a TTL or the back-off is out of range
    "kubeconfig-unreadable",
    "kubeconfig-invalid",  # it cannot be decoded
    "empty-config",  # no configuration has been provided
    "context",
    "cluster",
    "user",
    "server",
    "certificate-unreadable",
    "insecure",  # insecure-skip-tls-verify beside a CA
    "ca",  # no certificate in the CA file
    "key-pair",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, in the API server's own words as near as possible, and where it stands on the node."""

    cause: Cause
    reason: str
    where: Where | None = None
