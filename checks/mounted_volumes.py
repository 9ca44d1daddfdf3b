"""`mounted-volumes`: where a workload's container may write, and what kind of volume is there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field

from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed, undecided
from ckslab.kubernetes.container_environment import mounted_sub_path
from ckslab.kubernetes.workloads import Workload, listed, mapping
from ckslab.needs.rollout import RolloutNeed, WorkloadKind
from ckslab.needs.written import WrittenNeed
from ckslab.strict import NodePath

PODS = "/var/lib/kubelet/pods"
"""Where a kubelet has the volumes of its pods: UID/volumes/PLUGIN/NAME (pkg/kubelet/kubelet_getters.go, v1.35)."""

NEVER_WRITTEN = ("configMap", "secret", "downwardAPI", "projected", "image")
"""The kubelet mounts these read-only, whatever a mount says (https://kubernetes.io/docs/concepts/storage/volumes)."""

EMPTY_DIR = "kubernetes.io~empty-dir"


class MountedVolumesParams(Params):
    """kind, namespace, name: the workload. paths: in each container and init container, or in `container` alone,
    a volume of the kind `volume` is mounted there, or above, and can be written, and none of another kind below but
    what nobody writes to.
    forbidden: kinds of volumes that the template has none of. written: files, as containers call them; in each pod
    one of the containers has written each of them into an emptyDir.
    """

    kind: WorkloadKind = "Deployment"
    namespace: str = "default"
    name: str
    container: str | None = None
    paths: tuple[NodePath, ...] = Field(min_length=1)
    volume: str = "emptyDir"
    forbidden: tuple[str, ...] = ()
    written: tuple[NodePath, ...] = ()


class MountedVolumes(CheckType[MountedVolumesParams]):
    """Reads the template as the kubelet mounts it: the longest mount path above a path has it, and what lies below
    a part of it. What was written is looked for on the node, where the volumes are.
    """

    name = "mounted-volumes"
    params = MountedVolumesParams

    def needs(self, params: MountedVolumesParams) -> Iterable[Need]:
        """The workload with its pods."""
        return [_need(params)]

    def paths(self, params: MountedVolumesParams) -> Iterable[str]:
        """Where the volumes are, and what is in them."""
        return [*params.paths, *params.written]

    def expected(self, params: MountedVolumesParams) -> str:
        """The statement in words."""
        whose = f"container {params.container}" if params.container else "every container"
        wrote = f", with {few(params.written)} in it" if params.written else ""
        without = f", and no volume is a {few(params.forbidden)}" if params.forbidden else ""
        where = f"a volume of the kind {params.volume} at {few(params.paths)}"
        return f"{whose} of {params.name} has {where}{wrote}{without}"

    def judge(self, params: MountedVolumesParams, evidence: Evidence) -> Finding:
        """The first path at which there is something else."""
        expected, fact = self.expected(params), evidence.of(_need(params))
        if fact.workload is None:
            return failed(expected, "there is no such workload")
        spec = mapping(mapping(mapping(fact.workload.get("spec")).get("template")).get("spec"))
        kinds = {str(one.get("name")): _kind(one) for one in listed(spec, "volumes")}
        for name, kind in kinds.items():
            if kind in params.forbidden:
                return failed(expected, f"the volume {name} is a {kind}")
        containers = [*listed(spec, "initContainers"), *listed(spec, "containers")]
        chosen = [one for one in containers if params.container in (None, one.get("name"))]
        if not chosen:
            return failed(
                expected, f"there is no container {params.container}" if params.container else "it has no container"
            )
        for container in chosen:
            for path in params.paths:
                if wrong := _wrong(container, path, kinds, params.volume):
                    return failed(expected, f"container {container.get('name')}, {path}: {wrong}")
        return _written(expected, params.written, fact.pods, evidence) if params.written else passed()


def _wrong(container: Mapping[str, Any], path: str, kinds: Mapping[str, str], wanted: str) -> str:
    top = _mount_of(container, path)
    if top is None:
        return "no volume is mounted there"
    for place, mount in _mounts(container):
        if place != top[0] and not _within(place, _plain(path)):
            continue
        name, kind = mount.get("name"), kinds.get(str(mount.get("name")), "")
        if kind in NEVER_WRITTEN and place != top[0]:
            continue
        what = f"the volume {name}" if place == _plain(path) else f"the volume {name}, which is mounted at {place},"
        if kind != wanted:
            return f"{what} is a {kind}" if kind else f"there is no volume {name}"
        if mount.get("readOnly") is True:
            return "it is mounted read-only" if place == top[0] else f"{what} is mounted read-only"
    return ""


def _written(expected: str, files: Iterable[str], pods: Sequence[Workload], evidence: Evidence) -> Finding:
    """Whether each pod has all of them."""
    places = {(pod.name, file): list(_on_node(pod, file)) for pod in pods for file in files}
    needs = {key: WrittenNeed(tuple(path for path in paths if path)) for key, paths in places.items()}
    evidence.ask(need for need in needs.values() if need.places)
    missing = [
        (*key, None in places[key]) for key, need in needs.items() if not (need.places and evidence.of(need).path)
    ]
    if not missing:
        return passed() if pods else failed(expected, "it has no pods")
    pod, file, hidden = min(missing, key=lambda one: one[2])  # what is certain first
    if hidden:
        return undecided(f"pod {pod}: only the kubelet knows which folder a subPathExpr above {file} names")
    return failed(expected, f"pod {pod}: nothing was written to {file} in an emptyDir")


def _on_node(pod: Workload, file: str) -> Iterator[str | None]:
    """Where the file is on the node, by the emptyDir that each container of the pod has above it; None where that
    cannot be told.
    """
    spec = mapping(pod.item.get("spec"))
    empty = {str(one.get("name")) for one in listed(spec, "volumes") if _kind(one) == "emptyDir"}
    for container in [*listed(spec, "initContainers"), *listed(spec, "containers")]:
        place, mount = _mount_of(container, file) or ("", {})
        if mount.get("name") in empty:
            sub_path = mounted_sub_path(mount, container, pod.item)
            below = posixpath.relpath(_plain(file), place)
            volume = posixpath.join(PODS, pod.uid, "volumes", EMPTY_DIR, mount["name"])
            yield None if sub_path is None else posixpath.join(volume, sub_path, below)


def _mounts(container: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Where each lies. The kubelet takes a path without its slash, too, and the runtime one with two of them."""
    return [(_plain(str(one.get("mountPath", ""))), one) for one in listed(container, "volumeMounts")]


def _mount_of(container: Mapping[str, Any], path: str) -> tuple[str, Mapping[str, Any]] | None:
    """The mount that has a path: the longest of those above, of several at one place the last."""
    above = [(place, one) for place, one in reversed(_mounts(container)) if _within(_plain(path), place)]
    return max(above, key=lambda found: len(found[0]), default=None)


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place.rstrip('/')}/")


def _plain(path: str) -> str:
    return posixpath.normpath(f"/{path.lstrip('/')}")


def _kind(volume: Mapping[str, Any]) -> str:
    """What it is, by its only key beside the name."""
    return next((key for key in volume if key != "name"), "")


def _need(params: MountedVolumesParams) -> RolloutNeed:
    return RolloutNeed(params.kind, params.namespace, params.name)
