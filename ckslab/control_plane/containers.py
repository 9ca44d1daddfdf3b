"""Containers as containerd keeps them: of which image each is, and those of a static pod for which `image:`.

The mirror pod's status in the API tells the same up to two minutes later; containerd knows at once. And any Pod's
status says it by one of the image's names, which can be given to another image.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Base64Bytes, BaseModel, Field, StringConstraints, ValidationError

from ckslab.cluster.backend import Node
from ckslab.cluster.node.network import HOSTNAME
from ckslab.errors import LabError
from ckslab.kubernetes.v1_35.container_hash import HASH

NAME, POD, UID = "io.kubernetes.container.name", "io.kubernetes.pod.name", "io.kubernetes.pod.uid"
"""Labels that the kubelet gives every container (pkg/kubelet/types/labels.go, v1.35)."""

METADATA = "io.cri-containerd.container.metadata"
"""The extension of a container in which containerd keeps what the kubelet asked for, and what it made of it."""

CONTAINERS = """
tasks=$(ctr --namespace k8s.io tasks ls) || exit 1
ids=$(ctr --namespace k8s.io containers ls -q "$1,labels.\\"io.cri-containerd.kind\\"==container") || exit 1
for id in $(echo $ids | cut -d' ' -f-20); do
    running=false
    if echo "$tasks" | grep -q "^$id .*RUNNING"; then running=true; fi
    printf '{"running": %s, "info": ' $running
    ctr --namespace k8s.io containers info "$id" 2>/dev/null || echo null
    echo '}'
done
"""

INFOS = """
ctr --namespace k8s.io containers ls -q >/dev/null || exit 1
told=$(mktemp -d) || exit 1
trap 'rm -rf "$told"' EXIT
xargs -n 1 -P 4 sh -c 'ctr --namespace k8s.io containers info "$1" >"$0/$1" 2>/dev/null' "$told"
cat "$told"/* 2>/dev/null
exit 0
"""
"""Of the containers whose IDs are its input; of one that is gone it says nothing."""

_ID = re.compile(r"[0-9a-f]{64}")

Text = Annotated[str, Field(max_length=1024)]


@dataclass(frozen=True, slots=True)
class PodContainer:
    """A container of a pod. image_id: the digest of its image's configuration. hash: what the kubelet gave it for
    its name and image as the manifest has them (see `container_hash`), "" where nobody knows. pod_uid: of its pod.
    """

    name: str
    image_id: str
    hash: str
    pod_uid: str
    running: bool


class _Config(BaseModel):
    annotations: dict[str, Text] = Field(default_factory=dict)


class _Metadata(BaseModel):
    ImageRef: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
    Config: _Config


class _Kept(BaseModel):
    Metadata: _Metadata


class _Extension(BaseModel):
    value: Base64Bytes


class _Info(BaseModel):
    ID: Text = ""
    Labels: dict[str, Text]
    Extensions: dict[str, _Extension]

    def metadata(self) -> _Metadata:
        """ValidationError, KeyError."""
        return _Kept.model_validate_json(self.Extensions[METADATA].value).Metadata


class _Listed(BaseModel):
    running: bool
    info: _Info

    def container(self) -> PodContainer:
        """As it is wanted; ValidationError, KeyError."""
        kept = self.info.metadata()
        labels, given = self.info.Labels, kept.Config.annotations
        return PodContainer(labels[NAME], kept.ImageRef, given.get(HASH, ""), labels.get(UID, ""), self.running)


def of_static_pod(node: Node, pod: str) -> tuple[PodContainer, ...]:
    """Those of a static pod by the name that its manifest has; LabError when containerd does not answer."""
    found = _containers(node, f'labels."{POD}"=="{pod}-{HOSTNAME}"')
    if found is None:
        said = f"containerd does not tell which containers of {pod} there are"
        raise LabError(f"{said}: `systemctl status containerd` tells whether it runs")
    return found


def of_uid(node: Node, uid: str) -> tuple[PodContainer, ...] | None:
    """Those of the pod with this uid; None when containerd does not answer."""
    return _containers(node, f'labels."{UID}"=="{uid}"')


def image_ids(node: Node, ids: Iterable[str]) -> dict[str, str]:
    """The digest of the configuration of each container's image, by the container's ID, of those that there are;
    LabError when containerd does not answer.
    """
    asked = "".join(f"{one}\n" for one in sorted(set(ids)) if _ID.fullmatch(one))
    if not asked:
        return {}
    done = node.run(["/bin/sh", "-c", INFOS], stdin=asked.encode(), timeout=20)
    if done.returncode:
        raise LabError(
            "containerd does not tell which images run: `systemctl status containerd` tells whether it runs"
        )
    found = {}
    for one in _objects(done.stdout.decode(errors="replace")):
        try:
            info = _Info.model_validate(one)
            found[info.ID] = info.metadata().ImageRef
        except (ValidationError, KeyError):
            continue
    return found


def _containers(node: Node, which: str) -> tuple[PodContainer, ...] | None:
    done = node.run(["/bin/sh", "-c", CONTAINERS, "sh", which], timeout=20)
    return None if done.returncode else tuple(containers(done.stdout.decode(errors="replace")))


def containers(printed: str) -> Iterator[PodContainer]:
    """Those in what the node printed, one JSON object after the other; what makes no sense is passed over."""
    for one in _objects(printed):
        try:
            yield _Listed.model_validate(one).container()
        except (ValidationError, KeyError):
            continue


def _objects(printed: str) -> Iterator[Mapping[str, Any]]:
    decoder = json.JSONDecoder()
    while printed := printed.lstrip():
        try:
            found, end = decoder.raw_decode(printed)
        except (ValueError, RecursionError):
            return
        yield found
        printed = printed[end:]
