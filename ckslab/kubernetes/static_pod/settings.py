"""Which settings of a static pod's manifest are others than they were, beside those that a task may ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ckslab.kubernetes.static_pod.manifest import StaticPod

_OF_POD = frozenset({"containers", "volumes"})
_OF_CONTAINER = frozenset({"name", "image", "imagePullPolicy", "command", "args", "volumeMounts"})
"""What tasks ask for; each has words of its own in a log where it is wrong."""

_KINDS = ("hostPath", "emptyDir")
"""Kinds of volumes that mount at once or are told of by the kubelet."""


class Setting(NamedTuple):
    """A field of a manifest, as people write it, or a flag; and its line."""

    name: str
    line: int | None


def other_settings(now: StaticPod, then: StaticPod) -> Iterator[Setting]:
    """Those of the pod and of its main container; what is empty counts as what is missing."""
    spec, before = now.document.value["spec"], then.document.value["spec"]
    yield from _other(now, ("spec",), spec, before, _OF_POD)
    own, its = (_at(pod.document.value, pod.at) for pod in (now, then))
    yield from _other(now, now.at, own, its, _OF_CONTAINER)
    for index, volume in enumerate(spec.get("volumes") or ()):
        if volume not in (before.get("volumes") or ()) and not any(kind in volume for kind in _KINDS):
            yield _setting(now, ("spec", "volumes", index))


def _other(
    pod: StaticPod,
    at: tuple[str | int, ...],
    now: Mapping[str, Any],
    then: Mapping[str, Any],
    without: Iterable[str],
) -> Iterator[Setting]:
    for key in dict.fromkeys((*now, *then)):
        if key not in without and _bare(now.get(key)) != _bare(then.get(key)):
            yield _setting(pod, (*at, key))


def _setting(pod: StaticPod, at: tuple[str | int, ...]) -> Setting:
    shown = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in at).lstrip(".")
    return Setting(shown, pod.document.line(*at))


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        value = value[key]
    return value


def _bare(value: Any) -> Any:
    """Without what is empty in it; None where nothing is left."""
    if isinstance(value, dict):
        value = {key: bare for key, each in value.items() if (bare := _bare(each)) is not None}
    elif isinstance(value, list):
        value = [_bare(each) for each in value]
    return None if value in ({}, [], "") else value
