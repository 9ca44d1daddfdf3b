"""The kubelet's lines about a static pod: which they are, what they mean, and what to do about it (v1.35)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.kubernetes.klog import entries, written_at
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.v1_35.message_row import Row, row

MANIFEST_WORDS = r"Could not process manifest file|can't process config file"

KUBELET_ROWS = (
    row(
        "manifest",
        MANIFEST_WORDS,
        "the kubelet cannot take a pod from the manifest",
        "Correct the manifest: the kubelet reads it again by itself.",
    ),
    row(
        "image",
        r"ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError",
        "the node cannot get the image of the static pod",
        "Compare image: with the manifest as it was.",
    ),
    row(
        "command",
        r"exec: \\*\"(?P<text>[^\"\\]+)\\*\": (?:executable file not found|stat .*no such file|permission denied)",
        "the container's command does not exist in its image",
        "Compare the first entry of command with the manifest as it was.",
    ),
    row(
        "mount-target",
        r"error mounting \\*\"(?P<path>[^\"\\]+)\\*\" to rootfs",
        "a mount fails: a file is mounted onto a folder or the other way round",
        "Mount a folder on a folder path, or give a file's full path as mountPath.",
    ),
)
"""Why the kubelet starts no container of a pod that it has taken from its manifest."""

# "Error syncing pod, skipping" holds what went wrong with each container: `failed to "StartContainer" for "NAME"
# with REASON: "..."`, several of them in brackets (pkg/kubelet/pod_workers.go and container/sync_result.go).
_PART = re.compile(r"failed to \\*\"StartContainer\\*\" for \\*\"(?P<name>[^\"\\]+)\\*\" with ")

# What it says of one container beside that (pkg/kubelet/kuberuntime/kuberuntime_manager.go).
_ALONE = re.compile(r"container (?P<name>\S+) start failed in pod ")


@dataclass(frozen=True, slots=True)
class KubeletRefusal:
    """Why the kubelet starts no container of the pod as its manifest is now: in which entry it says so."""

    row: Row
    found: re.Match[str]
    entry: str


def about_static_pod(
    lines: Iterable[str], name: str, paths: Iterable[str], since: float, now: float, started: float = 0.0
) -> tuple[str, ...]:
    """Entries about the static pod `name` or one of its manifests, not older than `since` (the node's clock), and
    that a manifest cannot be used not older than `started`.

    The kubelet names a static pod NAME-NODE, and a manifest by its path. What it says of others explains nothing,
    nor does what is no error.
    """
    pod = re.compile(rf"(?<![\w./-])(?:[a-z0-9-]+/)?{re.escape(name)}-[a-z0-9.-]+")
    manifests = tuple(paths)
    found = []
    for entry in entries(lines):
        if entry.startswith("I") or not (pod.search(entry) or any(_names(entry, path) for path in manifests)):
            continue
        stamp = written_at(entry, now)
        if stamp is None or stamp >= (max(since, started) if re.search(MANIFEST_WORDS, entry) else since):
            found.append(entry)
    return tuple(found[-40:])


def manifest_words(lines: Iterable[str], path: str) -> str:
    """The last entry that says why the manifest at `path` cannot be used; "" if none does."""
    said = [line for line in lines if _names(line, path) and re.search(MANIFEST_WORDS, line)]
    return said[-1] if said else ""


def kubelet_refusal(pod: StaticPod, lines: Iterable[str]) -> KubeletRefusal | None:
    """The last of the entries that says so of what the manifest holds now; None if none does.

    What is said of another container, or of an image or command that the manifest does not hold (any more), is not
    this pod's as it is.
    """
    last = None
    for entry in lines:
        words = _of_container(entry, pod.container)
        for each in KUBELET_ROWS:
            match = each.pattern.search(words)
            if match and _holds(pod, each, match, words):
                last = KubeletRefusal(each, match, entry)
                break
    return last


def _names(entry: str, path: str) -> bool:
    """Whether the path stands in the entry, and not as the beginning of another one."""
    return re.search(re.escape(path) + r"(?![\w.~-])", entry) is not None


def _of_container(entry: str, container: str) -> str:
    """What an entry says of one container; all of it where it speaks of the pod as a whole."""
    alone = _ALONE.search(entry)
    if alone:
        return entry if alone["name"] == container else ""
    parts = list(_PART.finditer(entry))
    if not parts:
        return entry
    ends = [part.start() for part in parts[1:]] + [len(entry)]
    return "".join(
        entry[part.start() : end] for part, end in zip(parts, ends, strict=True) if part["name"] == container
    )


def _names_of(image: str) -> tuple[str, ...]:
    """How an `image:` is called: as it is written and, where it has a digest, as containerd does: without a tag."""
    parsed = parse_image_reference(image)
    return (
        (image, f"{parsed.registry}/{parsed.repository}@{parsed.digest}") if parsed and parsed.digest else (image,)
    )


def _holds(pod: StaticPod, kind: Row, match: re.Match[str], words: str) -> bool:
    """Whether the present manifest is, or holds, what is complained of."""
    if kind.id == "manifest":
        return _names(words, pod.path)
    if kind.id == "image":
        return any(name in words for name in _names_of(pod.image))
    if kind.id == "command":
        return bool(pod.argv) and pod.argv[0].text == match["text"]
    paths = [volume.host_path.rstrip("/") for volume in pod.volumes if volume.host_path]
    return any(match["path"] == path or match["path"].startswith(f"{path}/") for path in paths)
