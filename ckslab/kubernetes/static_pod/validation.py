"""Why the kubelet refuses a manifest that it can read: what learners do to volumes and mounts.

ValidatePodCreate (pkg/apis/core/validation) and HasAPIObjectReference (pkg/api/pod) of Kubernetes v1.35.4.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ckslab.kubernetes.static_pod.fields import ManifestFields, PodProblem

Path = tuple[str | int, ...]

_HOST_PATH_TYPES = (
    "",
    "DirectoryOrCreate",
    "Directory",
    "FileOrCreate",
    "File",
    "Socket",
    "CharDevice",
    "BlockDevice",
)
_FROM_THE_API = {
    "configMap": "configmaps (via configmap volumes)",
    "secret": "secrets (via secret volumes)",
    "persistentVolumeClaim": "persistentvolumeclaims",
    "csi": "csidrivers (via CSI volumes)",
    "ephemeral": "persistentvolumeclaims (via ephemeral volumes)",
}
_SOURCES = (*_FROM_THE_API, "hostPath", "emptyDir", "projected", "downwardAPI", "nfs", "image")
_REFERENCES = {"configMapRef": "configmaps", "secretRef": "secrets"}
_KEY_REFERENCES = {"configMapKeyRef": "configmaps", "secretKeyRef": "secrets"}


def refused(fields: ManifestFields) -> PodProblem | None:
    """The first thing that the kubelet refuses, as far as it is known here, or None."""
    return next(_problems(fields), None)


def _problems(fields: ManifestFields) -> Iterator[PodProblem]:
    known: set[str] = set()
    for index, volume in enumerate(fields.mappings("spec", "volumes")):
        at: Path = ("spec", "volumes", index)
        name = fields.text(*at, "name")
        if name in known or not name:
            yield _wrong(
                fields, f'two volumes are called "{name}"' if name else "a volume has no name", *at, "name"
            )
        known.add(name)
        yield from _volume(fields, volume, at)
    for kind in ("containers", "initContainers"):
        for index in range(len(fields.mappings("spec", kind))):
            yield from _container(fields, ("spec", kind, index), known)
    if fields.text("spec", "serviceAccountName"):
        yield _reference(fields, "serviceaccounts", "spec", "serviceAccountName")


def _volume(fields: ManifestFields, volume: dict[Any, Any], at: Path) -> Iterator[PodProblem]:
    sources = [name for name in _SOURCES if volume.get(name) is not None]
    if len(sources) > 1:
        yield _wrong(fields, f"a volume has one source, not {' and '.join(sources)}", *at, sources[1])
    for name in sources:
        if name in _FROM_THE_API:
            yield _reference(fields, _FROM_THE_API[name], *at, name)
    if "hostPath" not in sources:
        return
    path, kind = fields.text(*at, "hostPath", "path"), fields.text(*at, "hostPath", "type")
    if not path:
        yield _wrong(fields, "a hostPath volume has a path", *at, "hostPath", "path")
    if ".." in path.split("/"):
        yield _wrong(fields, "must not contain '..'", *at, "hostPath", "path")
    if kind not in _HOST_PATH_TYPES:
        yield _wrong(fields, f'there is no type "{kind}"', *at, "hostPath", "type")


def _container(fields: ManifestFields, at: Path, volumes: set[str]) -> Iterator[PodProblem]:
    paths: set[str] = set()
    for index in range(len(fields.mappings(*at, "volumeMounts"))):
        mount: Path = (*at, "volumeMounts", index)
        name, path = fields.text(*mount, "name"), fields.text(*mount, "mountPath")
        if name not in volumes:
            problem = _wrong(fields, f'there is no volume "{name}"', *mount, "name")
            yield PodProblem(problem.reason, fields.path, fields.document.line(*mount))
        if not path:
            yield _wrong(fields, "a volumeMount has a mountPath", *mount, "mountPath")
        if path in paths:
            yield _wrong(fields, f"a second volumeMount at {path}", *mount, "mountPath")
        paths.add(path)
        for key in ("subPath", "subPathExpr"):
            sub_path = fields.text(*mount, key)
            if posixpath.isabs(sub_path) or ".." in sub_path.split("/"):
                yield _wrong(fields, "must be a relative path without '..'", *mount, key)
    if not fields.text(*at, "image"):
        yield _wrong(fields, "a container has an image", *at, "image")
    for index, source in enumerate(fields.mappings(*at, "envFrom")):
        for key in (key for key in _REFERENCES if source.get(key) is not None):
            yield _reference(fields, _REFERENCES[key], *at, "envFrom", index)
    for index in range(len(fields.mappings(*at, "env"))):
        value = fields.value(*at, "env", index, "valueFrom")
        for key in (key for key in _KEY_REFERENCES if isinstance(value, dict) and value.get(key) is not None):
            yield _reference(fields, _KEY_REFERENCES[key], *at, "env", index)


def _reference(fields: ManifestFields, what: str, *at: str | int) -> PodProblem:
    return PodProblem(f"static pods may not reference {what}", fields.path, fields.document.line(*at))


def _wrong(fields: ManifestFields, why: str, *at: str | int) -> PodProblem:
    problem = fields.wrong("", *at)
    return PodProblem(f"{problem.reason.rstrip()}: {why}", fields.path, problem.line)
