"""The kubelet's lines about static pods: which they are, what they mean, and what to do about it (v1.35)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ckslab.kubernetes.klog import written_at
from ckslab.kubernetes.v1_35.message_row import row

_ABOUT = re.compile(
    r"Could not process manifest file|hostPath type check failed|Unable to process the file"
    r"|couldn't parse as pod|CreateContainerConfigError|MountVolume.SetUp failed|volumeMounts\["
    r"|[Ff]ailed to (?:pull|create|start)|ErrImage|InvalidImageName"
)

KUBELET_ROWS = (
    row(
        "host-path-type",
        r"hostPath type check failed: (?P<path>\S+) is not (?P<text>an? [a-z ]+)",
        "a hostPath volume's type does not fit what lies on the node",
        "Directory is for folders, File for files; without a type nothing is checked.",
    ),
    row(
        "image",
        r"(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|"
        r"Failed to pull image|failed to pull and unpack image)",
        "the node cannot get the image of the static pod",
        "Compare image: with the manifest as it was.",
    ),
    row(
        "command",
        r"exec: \\?\"(?P<text>[^\"\\]+)\\?\": "
        r"(?:executable file not found|stat .*no such file|permission denied)",
        "the container's command does not exist in its image",
        "Compare the first entry of command with the manifest as it was.",
    ),
    row(
        "mount-target",
        r"error mounting \\?\"(?P<path>[^\"\\]+)\\?\" to rootfs",
        "a mount fails: a file is mounted onto a folder or the other way round",
        "Mount a folder on a folder path, or give a file's full path as mountPath.",
    ),
)
"""Rows for the kubelet's lines about the pod."""


def about_static_pods(lines: Iterable[str], since: float, now: float) -> tuple[str, ...]:
    """Lines about manifests and their containers, not older than `since` (seconds; the node's clock)."""
    found = []
    for line in lines:
        stamp = written_at(line, now)
        if _ABOUT.search(line) and (stamp is None or stamp >= since - 1.0):
            found.append(line)
    return tuple(found[-40:])
