"""Exemptions that a policy's own words suggest: names, labels, fields and namespaces that it might spare.

A policy that leaves out what begins with `debug-`, or what has a certain label, has that word in it: in a selector,
in a list of names, or between quotes in its Rego or CEL. So an object that must be denied is also sent under such
names, with such labels, and into namespaces that are so called. Where a policy looks at the name of a container, or
at a field of a Pod that has nothing to do with images, these are given, too. A policy that speaks of none of these
suggests nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ckslab.needs.probe import NewNamespace, ProbeNeed

MOST_KEYS, MOST_VALUES, MOST_STEMS = 24, 5, 8
MOST_NAMESPACES = 6
MIDDLE = "orders"
"""What stands between a word at the beginning and the same word at the end of a name."""

# What a policy's text, as JSON, holds where it looks at these; the API server writes empty selectors into each.
_OF_NAMES = re.compile(r'metadata\W{1,8}name\b|request\.name\b|generateName|"name": "[^"]*\*')
_OF_CONTAINERS = re.compile(r'(?<!metadata)(?<!request)(?:\.name\b|\[\\*"name\\*"\])')
_OF_LABELS = re.compile(r'labels|annotations|(?:label|object)Selector": \{"')
_OF_NAMESPACES = re.compile(r'namespace(?!Selector": \{\})|excludedNamespaces', re.IGNORECASE)
_OF_NAMESPACE_LABELS = re.compile(r'namespaceObject|namespaceSelector": \{"')

_QUOTED = re.compile(r"""(?=(["'`])([^"'`\s]{1,63})\1)""")
_FIELD = re.compile(r"\b(?:labels|annotations)\??\.([A-Za-z_]\w*)")
_FRAGMENT = re.compile(r"(?<![A-Za-z0-9])[a-z0-9][-a-z0-9]+(?![A-Za-z0-9])")
_KEY = re.compile(r"(?:[a-z0-9][-a-z0-9.]*/)?[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?")
_VALUE = re.compile(r"[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?")
_MEANT_ELSEWHERE = ("kubernetes.io", "gatekeeper.sh", "k8s.io")
"""Labels and annotations that components give a meaning to: no exemption of the policy's own."""
_EVERYWHERE = frozenset(
    {
        *("Deny", "Warn", "Audit", "deny", "warn", "Fail", "Ignore", "CREATE", "UPDATE", "CONNECT", "DELETE"),
        *("Pod", "pod", "pods", "pods/ephemeralcontainers", "Equivalent", "Exact", "In", "NotIn", "Exists"),
        *("DoesNotExist", "Rego", "K8sNativeValidation", "v1", "msg", "details", "object", "metadata", "name"),
        *("namespace", "labels", "annotations", "spec", "containers", "initContainers", "ephemeralContainers"),
        *("image", "images", "map", "gatekeeper-system"),
    }
)
"""Words of every policy on images."""
_OF_OTHER_THINGS = frozenset(
    {
        *("policyName", "paramKind", "paramRef", "validationActions", "enforcementAction", "failurePolicy"),
        *("matchPolicy", "message", "messageExpression", "reason", "resourceRules", "kinds", "scope"),
    }
)
"""Fields that spare nobody by a name or a label."""

Fields = Mapping[str, tuple[Any, ...]]

_OF_PODS: Fields = {
    "hostNetwork": (True,),
    "hostPID": (True,),
    "hostIPC": (True,),
    "restartPolicy": ("Never", "OnFailure"),
    "schedulerName": ("another-scheduler",),
    "automountServiceAccountToken": (False, True),
}
_OF_EACH_CONTAINER: Fields = {
    "imagePullPolicy": ("Never", "IfNotPresent", "Always"),
    "tty": (True,),
    "stdin": (True,),
}
_OF_INIT_CONTAINERS: Fields = {"restartPolicy": ("Always",)}
"""Fields that a Pod may have whatever its images are, and values that are not what they are by default."""

Item = Mapping[str, Any]
Field = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Temptation:
    """One name and one set of labels that a policy might spare. name: "" for one that is drawn.

    container: the name of the container that the object is about, "" where it stays. pod, containers: fields of the
    Pod's spec and of each container.
    """

    name: str
    labels: tuple[tuple[str, str], ...] = ()
    container: str = ""
    pod: tuple[Field, ...] = ()
    containers: tuple[Field, ...] = ()

    def words(self) -> str:
        """It in words that follow the object's."""
        shown = ", ".join(f"{key}={value}" for key, value in self.labels[:4]) + (", ..." if self.labels[4:] else "")
        called = f" called {self.name}" if self.name else ""
        inside = f" with a container called {self.container}" if self.container else ""
        fields = ", ".join(f"{name}: {json.dumps(value)}" for name, value in (*self.pod, *self.containers))
        labelled = f" with the labels and annotations {shown}" if shown else ""
        return called + inside + labelled + (f" with {fields}" if fields else "")


def of_pods(policies: Sequence[Item]) -> tuple[Temptation, ...]:
    """Names and labels of pods that these policies speak of, the same for the same policies."""
    specs = [_own(policy) for policy in policies]
    names = [word for spec in specs if _OF_NAMES.search(_text(spec)) for word in _words(spec)]
    inside = [word for spec in specs if _OF_CONTAINERS.search(_text(spec)) for word in _words(spec)]
    labels = [word for spec in specs if _OF_LABELS.search(_text(spec)) for word in _words(spec)]
    named = [Temptation("", container=name) for name in _names(inside)]
    return (*_paired(labels, _names(names)), *named, *_with_fields(policies, _OF_PODS, _OF_EACH_CONTAINER))


def of_containers(policies: Sequence[Item], kind: Literal["init", "ephemeral"]) -> tuple[Temptation, ...]:
    """What of them a container of this kind may have by itself."""
    bare = [Temptation("", container=one.container, containers=one.containers) for one in of_pods(policies)]
    if kind == "init":
        bare += _with_fields(policies, {}, _OF_INIT_CONTAINERS)
    return tuple(dict.fromkeys(one for one in bare if one != Temptation("")))


def _with_fields(policies: Iterable[Item], pod: Fields, each: Fields) -> Iterator[Temptation]:
    """The fields that these policies speak of, all at once, each value once."""
    texts = "\n".join(_text(_own(policy)) for policy in policies)
    spoken = [
        {name: values for name, values in fields.items() if re.search(rf"\b{name}\b", texts)}
        for fields in (pod, each)
    ]
    for number in range(max((len(values) for fields in spoken for values in fields.values()), default=0)):
        pods, containers = (
            tuple((name, values[number]) for name, values in fields.items() if number < len(values))
            for fields in spoken
        )
        yield Temptation("", pod=pods, containers=containers)


def of_namespaces(policies: Iterable[Item]) -> tuple[Temptation, ...]:
    """The same of namespaces."""
    specs = [_own(policy) for policy in policies]
    names = [word for spec in specs if _OF_NAMESPACES.search(_text(spec)) for word in _words(spec)]
    labels = [word for spec in specs if _OF_NAMESPACE_LABELS.search(_text(spec)) for word in _words(spec)]
    return tuple(_paired(labels, _names(names)))[:MOST_NAMESPACES]


def tempted(need: ProbeNeed, temptation: Temptation) -> ProbeNeed:
    """The same Pod under such a name, with such labels, annotations and fields."""
    manifest: dict[str, Any] = json.loads(need.manifest)
    given = dict(temptation.labels)
    manifest["metadata"] = {"labels": given, "annotations": given, **manifest.get("metadata", {})}
    if temptation.name:
        manifest["metadata"]["name"] = temptation.name
    spec = manifest.get("spec", {})
    spec.update(temptation.pod)
    lists = [spec[key] for key in ("ephemeralContainers", "initContainers", "containers") if spec.get(key)]
    for container in (one for each in lists for one in each):
        if container["name"] == temptation.container:
            container["name"] = "other"
    for container in lists[0] if lists else ():  # those that the object is about
        container.update(temptation.containers)
        container["name"] = temptation.container or container["name"]
    return replace(need, manifest=json.dumps(manifest, sort_keys=True, separators=(",", ":")))


def tempted_namespace(new: NewNamespace, temptation: Temptation) -> NewNamespace:
    """A namespace so called, with such labels beside its own."""
    labels = {**dict(temptation.labels), **dict(new.labels)}
    return NewNamespace(tuple(sorted(labels.items())), temptation.name)


def _paired(words: Sequence[str], names: Sequence[str]) -> Iterator[Temptation]:
    """Each name once, and each value once, on all labels that these words may mean."""
    keys = [word for word in dict.fromkeys(words) if _KEY.fullmatch(word) and not _elsewhere(word)][:MOST_KEYS]
    values = [word for word in dict.fromkeys(["true", *words]) if _VALUE.fullmatch(word)][: MOST_VALUES + 1]
    values = values if keys else []
    for number in range(max(len(values), len(names))):
        name = names[number] if number < len(names) else ""
        value = values[number] if number < len(values) else ""
        yield Temptation(name, tuple((key, value) for key in sorted(keys)) if value else ())


def _names(words: Iterable[str]) -> list[str]:
    parts = (part.strip("-") for word in words if "/" not in word for part in _FRAGMENT.findall(word))
    stems = [stem for stem in dict.fromkeys(parts) if stem and stem not in _EVERYWHERE][:MOST_STEMS]
    return [name for stem in stems for name in (f"{stem}-{MIDDLE}-{stem}"[:63].strip("-"), stem)]


def _words(value: Any) -> Iterator[str]:
    """The strings in a policy's specification, of Rego and CEL what stands between quotes or is a label's name."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in _OF_OTHER_THINGS or (key == "name" and "expression" in value):
                continue
            yield from item if key == "matchLabels" and isinstance(item, Mapping) else ()
            yield from _words(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _words(item)
    elif isinstance(value, str):
        inner = [*_FIELD.findall(value), *(found[2] for found in _QUOTED.finditer(value))]
        yield from (word for word in inner or [value] if word not in _EVERYWHERE)


def _own(policy: Item) -> Item:
    """What the policy itself says: not its name, its status and what others wrote on it."""
    return {key: value for key, value in dict(policy.get("spec") or {}).items() if key != "crd"}


def _text(spec: Item) -> str:
    return json.dumps(spec, sort_keys=True, default=str)


def _elsewhere(word: str) -> bool:
    return any(one in word for one in _MEANT_ELSEWHERE)
