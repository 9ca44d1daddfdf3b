"""Typed access to a pod manifest's fields: a wrong type is what the kubelet refuses to decode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckslab.kubernetes.static_pod.expansion import Parts, Variable, environment, expand, references
from ckslab.kubernetes.static_pod.flags import Argument
from ckslab.kubernetes.static_pod.mounts import Mount, Volume
from ckslab.kubernetes.yaml.text import Document


class PodProblem(ValueError):
    """Why there is no such static pod: the reason, the manifest and the line to look at."""

    def __init__(self, reason: str, path: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.line = line

    def again(self) -> PodProblem:
        """The same problem, to be raised: a kept exception would keep what its traceback holds."""
        return PodProblem(self.reason, self.path, self.line)


@dataclass(frozen=True, slots=True)
class ManifestFields:
    """Typed access to a manifest: what has the wrong type is what the kubelet would refuse."""

    path: str
    document: Document

    def value(self, *path: str | int) -> Any:
        """The value at `path`, None if there is none."""
        value = self.document.value
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def wrong(self, what: str, *path: str | int) -> PodProblem:
        """The problem that the field at `path` is."""
        shown = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")
        return PodProblem(f"{shown} {what}", self.path, self.document.line(*path))

    def text(self, *path: str | int) -> str:
        """A string; "" if absent."""
        value = self.value(*path)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong("is not a string", *path)
        return value

    def items(self, *path: str | int) -> list[Any]:
        """A list; empty if absent."""
        value = self.value(*path)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong("is not a list", *path)
        return value

    def mappings(self, *path: str | int) -> list[dict[Any, Any]]:
        """A list of mappings."""
        found = self.items(*path)
        for index, item in enumerate(found):
            if not isinstance(item, dict):
                raise self.wrong("is not a mapping", *path, index)
        return found

    def environment(self, *path: str | int) -> dict[str, Parts]:
        """A container's `env`, as far as it can be known."""
        return environment(
            Variable(
                self.text(*path, index, "name"),
                self.text(*path, index, "value"),
                sourced=variable.get("valueFrom") is not None,
            )
            for index, variable in enumerate(self.mappings(*path))
        )

    def arguments(self, values: Mapping[str, Parts], *path: str | int) -> tuple[Argument, ...]:
        """The strings of a list with their lines, and what the kubelet makes of `$(VAR)` with these values."""
        return tuple(
            _argument(self.text(*path, index), self.document.line(*path, index), values)
            for index in range(len(self.items(*path)))
        )

    def mounts(self, values: Mapping[str, Parts], *path: str | int) -> tuple[Mount, ...]:
        """A container's volumeMounts; a subPathExpr is expanded with these values."""
        found = []
        for index, mount in enumerate(self.mappings(*path)):
            sub_path, problem = self.text(*path, index, "subPath"), ""
            if expression := self.text(*path, index, "subPathExpr"):
                sub_path, problem = _sub_path(expression, values)
            found.append(
                Mount(
                    volume=self.text(*path, index, "name"),
                    path=self.text(*path, index, "mountPath"),
                    sub_path=sub_path,
                    problem=problem,
                    read_only=mount.get("readOnly") is True,
                    index=index,
                    line=self.document.line(*path, index),
                )
            )
        return tuple(found)

    def volumes(self, *path: str | int) -> tuple[Volume, ...]:
        """A pod's volumes."""
        found = []
        for index, volume in enumerate(self.mappings(*path)):
            host = isinstance(volume.get("hostPath"), dict)
            found.append(
                Volume(
                    name=self.text(*path, index, "name"),
                    host_path=self.text(*path, index, "hostPath", "path") if host else None,
                    type=self.text(*path, index, "hostPath", "type") if host else "",
                    line=self.document.line(*path, index),
                )
            )
        return tuple(found)


def _argument(text: str, line: int | None, values: Mapping[str, Parts]) -> Argument:
    parts = expand(text, values)
    return Argument(parts[0], line) if len(parts) == 1 else Argument(text, line, parts)


def _sub_path(expression: str, values: Mapping[str, Parts]) -> tuple[str, str]:
    """A subPathExpr expanded, or why not: here a name without a value is an error (ExpandContainerVolumeMounts)."""
    given = {name: parts for name, parts in values.items() if parts != ("",)}
    parts = expand(expression, given)
    if len(parts) > 1:
        return "", f"only the kubelet knows what the subPathExpr {expression} becomes"
    missing = [name for name in references(expression) if name not in given]
    if missing:
        return "", f"subPathExpr: missing value for {', '.join(missing)}: the kubelet makes no container"
    return parts[0], ""
