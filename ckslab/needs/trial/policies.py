"""Gatekeeper's objects in a folder of manifests, as kubectl applies them, and what no trial can know of them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckslab.errors import nearest
from ckslab.evidence import FolderFact
from ckslab.kubernetes.yaml.objects import Document, documents_in
from ckslab.kubernetes.yaml.text import YamlProblem

Object = Mapping[str, Any]

TEMPLATES, CONSTRAINTS, CONFIG = "templates.gatekeeper.sh", "constraints.gatekeeper.sh", "config.gatekeeper.sh"

SERVED: Mapping[str, tuple[str, ...]] = {
    TEMPLATES: ("v1", "v1beta1", "v1alpha1"),
    CONSTRAINTS: ("v1beta1", "v1alpha1"),
    CONFIG: ("v1alpha1",),
    "mutations.gatekeeper.sh": ("v1", "v1beta1", "v1alpha1"),
    "expansion.gatekeeper.sh": ("v1beta1", "v1alpha1"),
    "externaldata.gatekeeper.sh": ("v1beta1", "v1alpha1"),
    "syncset.gatekeeper.sh": ("v1alpha1",),
    "connection.gatekeeper.sh": ("v1alpha1",),
}
"""Groups and versions of Gatekeeper 3.23.1 in which something can be applied."""

_NOT_FOR_THE_SERVER = ("kustomize.config.k8s.io",)  # read by kubectl apply -k

FORBIDDEN = re.compile(r"\bhttp\s*[.\[]|\bnet\s*[.\[]|\bopa\s*[.\[]")
"""Parts of Rego that look at more than their input. Gatekeeper runs with http.send disabled; gator does not."""

_WORDS = (
    *("operation", "oldObject", "userInfo", "dryRun", "options", "requestKind"),
    *("resource", "subResource", "requestResource", "requestSubResource"),
    *("_unstable", "namespaceObject", "authorizer", "inventory", "external_data"),
)
_ALONE = ("oldObject", "namespaceObject", "authorizer", "external_data")  # variables of CEL, a function of Rego
UNKNOWN_WORD = re.compile(
    rf"""(?:\.\s*|["'`])(?P<field>{"|".join(_WORDS)})\b|(?<![\w.])(?P<name>{"|".join(_ALONE)})\b"""
)
"""What gator's review does not hold (pkg/target/target.go, unstructuredToAdmissionRequest) or no file tells."""

_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*"?|`[^`]*`?)|#[^\n]*')
"""A text, kept, or a comment. One without an end is one to the end: else each quote would be looked for anew."""
_OWN_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Policies:
    """objects: what Gatekeeper is given. remarks: on what is in the folder and counts for nothing.

    forbidden: why they are not tried at all. unknown: why a trial cannot tell what a cluster would say.
    """

    objects: tuple[Object, ...]
    remarks: tuple[str, ...]
    forbidden: str
    unknown: str

    @property
    def templates(self) -> tuple[Object, ...]:
        """The ConstraintTemplates."""
        return tuple(item for item in self.objects if _group(item) == TEMPLATES)


def policies_in(folder: FolderFact, namespaces: Collection[str]) -> Policies:
    """Those in its YAML and JSON files. namespaces: in which objects will be tried."""
    documents, remarks = _documents(folder)
    crds = {
        str(_at(one.value, "spec", "group"))
        for _, one in documents
        if one.value["kind"] == "CustomResourceDefinition"
    }
    objects: list[Object] = []
    forbidden = ""
    for path, one in documents:
        problem = _unserved(one.value, crds)
        if problem:
            remarks.append(f"{path}:{one.line}: {problem}")
        elif _group(one.value) in SERVED:
            if FORBIDDEN.search(json.dumps(one.value, default=str)):
                forbidden = forbidden or f"{path} uses a part of Rego that looks at more than its input"
            objects.append(one.value)
    labelled = [one.value for _, one in documents if one.value["kind"] == "Namespace"]
    unknown = next(_unknown([*objects, *labelled], namespaces), "")
    return Policies(tuple(objects), tuple(remarks), forbidden, unknown)


def _documents(folder: FolderFact) -> tuple[list[tuple[str, Document]], list[str]]:
    found: list[tuple[str, Document]] = []
    remarks = []
    for name, file in sorted(folder.files.items()):
        if not name.endswith((".yaml", ".yml", ".json")) or file.text is None:
            continue
        try:
            for one in documents_in(file.text):
                if one.problem:
                    remarks.append(f"{file.path}:{one.line}: {one.problem}")
                else:
                    found.append((file.path, one))
        except YamlProblem as problem:
            remarks.append(f"{file.path}:{problem.line or 1}: {problem.reason}")
    return found, remarks


def _group(item: Object) -> str:
    group, slash, _ = str(item["apiVersion"]).rpartition("/")
    return group if slash else ""


def _unserved(item: Object, crds: Collection[str]) -> str:
    """Why kubectl says "no matches for kind", "" if it does not: nobody serves such objects."""
    group, version, kind = _group(item), str(item["apiVersion"]).rpartition("/")[2], item["kind"]
    if group in _NOT_FOR_THE_SERVER or group in crds or "." not in group or group.endswith(".k8s.io"):
        return ""
    if group not in SERVED:
        return f"nobody serves the group {group}, so this {kind} cannot be applied{nearest(group, SERVED)}"
    if version not in SERVED[group]:
        return f"{group} has no version {version}: this {kind} cannot be applied; it has {', '.join(SERVED[group])}"
    if group == TEMPLATES and kind != "ConstraintTemplate":
        return f"{group} has no kind {kind}: it cannot be applied; did you mean 'ConstraintTemplate'?"
    return ""


def _unknown(objects: Collection[Object], namespaces: Collection[str]) -> Iterator[str]:
    """Why only a cluster can tell what these say."""
    for item in objects:
        name = f"{item['kind']} {item['metadata'].get('name', '')}"
        match _group(item):
            case "templates.gatekeeper.sh" if word := _unknown_word(item):
                yield f"{name} reads {word}, which is known in a cluster only"
            case "constraints.gatekeeper.sh":
                yield from (f"{name} {why}" for why in _of_constraint(item))
            case "config.gatekeeper.sh" if item["metadata"].get("name") == "config" and _excludes(item):
                yield f"{name} excludes namespaces, which counts in a cluster only"
            case "mutations.gatekeeper.sh" | "expansion.gatekeeper.sh":
                yield f"{name} changes what is reviewed, in a cluster only"
            case "" if item["kind"] == "Namespace" and item["metadata"].get("name") in namespaces:
                if "admission.gatekeeper.sh/ignore" in (item["metadata"].get("labels") or {}):
                    yield f"{name} is labelled to be ignored, which counts in a cluster only"


def _unknown_word(template: Object) -> str:
    """The first word of its code that asks for what a trial does not know."""
    for text in _texts(_at(template, "spec", "targets")):
        if found := UNKNOWN_WORD.search(_COMMENT.sub(lambda match: match[1] or "", text)):
            return found["field"] or found["name"]
    return ""


def _of_constraint(item: Object) -> Iterator[str]:
    if _at(item, "spec", "enforcementAction") == "scoped":
        yield "has scoped enforcement actions, which are those of a cluster"
    selector = _at(item, "spec", "match", "namespaceSelector")
    if isinstance(selector, Mapping):
        keys = {*_mapping(selector.get("matchLabels"))}
        keys |= {str(one.get("key")) for one in selector.get("matchExpressions") or () if isinstance(one, Mapping)}
        if keys - {_OWN_NAME}:
            yield "selects namespaces by labels, which are those of a cluster"


def _excludes(config: Object) -> bool:
    """Whether a Config keeps namespaces from the webhook."""
    entries = _at(config, "spec", "match")
    for entry in entries if isinstance(entries, list) else ():
        processes = _mapping(entry).get("processes") or ()
        if _mapping(entry).get("excludedNamespaces") and {"*", "webhook"} & {*map(str, processes)}:
            return True
    return False


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = _mapping(value).get(key)
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> Iterator[str]:
    """All texts in a plain value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
