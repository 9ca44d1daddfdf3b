"""`mounted-volumes`: where a workload's container may write, and what kind of volume is there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.needs.rollout import RolloutNeed, WorkloadKind
from ckslab.strict import NodePath


class MountedVolumesParams(Params):
    """kind, namespace, name: the workload. paths: in each container and init container, or in `container` alone,
    a volume of the kind `volume` is mounted there, or above, and can be written. forbidden: kinds of volumes
    that the template has none of.
    """

    kind: WorkloadKind = "Deployment"
    namespace: str = "default"
    name: str
    container: str | None = None
    paths: tuple[NodePath, ...] = Field(min_length=1)
    volume: str = "emptyDir"
    forbidden: tuple[str, ...] = ()


class MountedVolumes(CheckType[MountedVolumesParams]):
    """Reads the template, as the kubelet mounts it: the longest mount path above a path has it."""

    name = "mounted-volumes"
    params = MountedVolumesParams

    def needs(self, params: MountedVolumesParams) -> Iterable[Need]:
        """The workload."""
        return [_need(params)]

    def paths(self, params: MountedVolumesParams) -> Iterable[str]:
        """Where the volumes are."""
        return params.paths

    def expected(self, params: MountedVolumesParams) -> str:
        """The statement in words."""
        whose = f"container {params.container}" if params.container else "every container"
        without = f", and no volume is a {few(params.forbidden)}" if params.forbidden else ""
        return f"{whose} of {params.name} has a volume of the kind {params.volume} at {few(params.paths)}{without}"

    def judge(self, params: MountedVolumesParams, evidence: Evidence) -> Finding:
        """The first path at which there is something else."""
        expected, workload = self.expected(params), evidence.of(_need(params)).workload
        if workload is None:
            return failed(expected, "there is no such workload")
        spec = _mapping(_mapping(_mapping(workload, "spec"), "template"), "spec")
        kinds = {str(one.get("name")): _kind(one) for one in _list(spec, "volumes")}
        for name, kind in kinds.items():
            if kind in params.forbidden:
                return failed(expected, f"the volume {name} is a {kind}")
        containers = [*_list(spec, "initContainers"), *_list(spec, "containers")]
        chosen = [one for one in containers if params.container in (None, one.get("name"))]
        if not chosen:
            return failed(
                expected, f"there is no container {params.container}" if params.container else "it has no container"
            )
        for container in chosen:
            for path in params.paths:
                if wrong := _wrong(container, path, kinds, params.volume):
                    return failed(expected, f"container {container.get('name')}, {path}: {wrong}")
        return passed()


def _wrong(container: Mapping[str, Any], path: str, kinds: Mapping[str, str], wanted: str) -> str:
    mounts = {_plain(str(one.get("mountPath", ""))): one for one in _list(container, "volumeMounts")}
    above = [place for place in mounts if _plain(path) == place or _plain(path).startswith(f"{place.rstrip('/')}/")]
    if not above:
        return "no volume is mounted there"
    mount = mounts[max(above, key=len)]
    kind = kinds.get(str(mount.get("name")), "")
    if kind != wanted:
        return f"the volume {mount.get('name')} is a {kind}" if kind else f"there is no volume {mount.get('name')}"
    return "it is mounted read-only" if mount.get("readOnly") is True else ""


def _plain(path: str) -> str:
    return posixpath.normpath(path)


def _kind(volume: Mapping[str, Any]) -> str:
    """What it is, by its only key beside the name."""
    return next((key for key in volume if key != "name"), "")


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _list(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = value.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def _need(params: MountedVolumesParams) -> RolloutNeed:
    return RolloutNeed(params.kind, params.namespace, params.name)
