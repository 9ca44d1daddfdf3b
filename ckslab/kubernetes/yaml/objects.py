"""API objects in a YAML text of several documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckslab.kubernetes.yaml.text import YamlProblem, read_yaml

MAX_DOCUMENTS = 1000
_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One document, or one item of a List: the line (from 1) at which the document begins, and its value.

    problem: why it is no API object ("" if it is one).
    """

    line: int
    value: dict[str, Any]
    problem: str = ""


def documents_in(text: str) -> Iterator[Document]:
    """Every document, in order, a List's items one by one; empty ones are skipped.

    Documents are split at lines that begin with `---`, as kubectl does. YamlProblem, with the line in the whole
    text, where one cannot be read.
    """
    start = above = counted = 0
    for number, end in enumerate((*(match.start() for match in _SEPARATOR.finditer(text)), len(text))):
        above, counted = above + text.count("\n", counted, start), start
        if number > MAX_DOCUMENTS:
            raise YamlProblem(f"more than {MAX_DOCUMENTS} documents", above + 1)
        try:
            value = read_yaml(text[start:end]).value
        except YamlProblem as problem:
            raise YamlProblem(problem.reason, (problem.line or 1) + above) from None
        start = end
        for item in _items(value):
            if _is_object(item):
                yield Document(above + 1, item)
            elif item is not None:
                yield Document(above + 1, {}, "not an API object: it has apiVersion, kind and metadata.name")


def objects_in(text: str) -> tuple[dict[str, Any], ...]:
    """Every object, in order; empty documents are skipped. YamlProblem where one is no object."""
    found = []
    for document in documents_in(text):
        if document.problem:
            raise YamlProblem(document.problem, document.line)
        found.append(document.value)
    return tuple(found)


def _items(value: Any) -> list[Any]:
    """The items of a List as kubectl takes it apart (v1 List, or a kind that ends so), else the value itself."""
    if (
        isinstance(value, dict)
        and str(value.get("kind", "")).endswith("List")
        and isinstance(value.get("items"), list)
    ):
        return list(value["items"])
    return [value]


def _is_object(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(metadata := value.get("metadata"), dict):
        return False
    named = metadata.get("name") or metadata.get("generateName")
    return all(isinstance(one, str) and one for one in (value.get("apiVersion"), value.get("kind"), named))


def title(item: Mapping[str, Any]) -> str:
    """namespace/name of an object."""
    metadata = item.get("metadata")
    names = metadata if isinstance(metadata, Mapping) else {}
    return "/".join(str(names[key]) for key in ("namespace", "name") if names.get(key))


def labelled(item: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether an object has all of these labels."""
    metadata = item.get("metadata")
    have = metadata.get("labels") if isinstance(metadata, Mapping) else None
    return all(isinstance(have, Mapping) and have.get(key) == value for key, value in labels.items())
