"""What the kubelet's lines about a static pod mean, and what to do about it (v1.35)."""

from __future__ import annotations

from ckslab.kubernetes.v1_35.message_row import row

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
