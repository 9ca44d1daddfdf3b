"""Reads YAML that a learner wrote, as Kubernetes reads it, within bounds and with line numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from ckslab.kubernetes.remembered import Remembered
from ckslab.kubernetes.yaml.node import MAX_DEPTH, MAX_NODES, Composer, Node, YamlProblem

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "Document", "YamlProblem", "read_yaml"]

MAX_BYTES = 1 << 20
MAX_SHARED = 300_000
"""Values of all documents that are kept to be shared: about 100 MB at most."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Doubled(NamedTuple):
    """A key that stands twice in its mapping: `lost` is the line of the one that does not count."""

    path: tuple[str | int, ...]
    lost: int
    line: int


@dataclass(frozen=True)
class Document:
    """One YAML document: plain values (str, int, float, bool, None, list, dict with str keys).

    An empty document has the value None. more: the text goes on with another document, which
    Kubernetes ignores. duplicate: what `unique_keys` would have made of it, where they were not asked for.
    """

    value: Any
    more: bool = False
    duplicate: YamlProblem | None = field(default=None, repr=False, compare=False)
    _root: Node | None = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """How many values it has, those of aliases each time that they are named."""
        return self._root.size if self._root else 0

    def doubled(self) -> list[Doubled]:
        """The keys that stand twice in one mapping, in the order in which they stand."""
        if self.duplicate is None or self._root is None:
            return []
        found: list[Doubled] = []
        waiting: list[tuple[tuple[str | int, ...], Node]] = [((), self._root)]
        while waiting:
            path, node = waiting.pop()
            found += [Doubled((*path, key), line, node.children[key][0]) for key, line in node.twice.items()]
            waiting += [((*path, key), child) for key, (_, child) in node.children.items()]
        return sorted(found, key=lambda each: each.line)

    def line(self, *path: str | int) -> int | None:
        """The line (from 1) of the key or item at `path`, or of its nearest parent that exists.

        None for an empty document.
        """
        if self._root is None:
            return None
        line, node = self._root.line, self._root
        for step in path:
            if step not in node.children:
                break
            line, node = node.children[step]
        return line


def read_yaml(text: str, *, unique_keys: bool = True) -> Document:
    """The first document of `text`, as sigs.k8s.io/yaml v1.6.0 reads it (YAML 1.1 booleans and octals).

    unique_keys: a key that comes twice is a problem (strict decoding); else the last one wins.
    Raises YamlProblem for everything that is wrong with the text, and nothing else.
    """
    try:
        encoded = text.encode("utf-8")
    except UnicodeEncodeError:
        raise YamlProblem("the text is not valid UTF-8") from None
    if len(encoded) > MAX_BYTES:
        raise YamlProblem(f"larger than {MAX_BYTES} bytes")
    composer = Composer(unique_keys)
    try:
        more = _compose(text, composer)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlProblem(error.problem or str(error), mark.line + 1 if mark else None) from None
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        raise YamlProblem(str(error.reason), encoded[:position].count(b"\n") + 1) from None
    except YamlProblem:
        raise
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise YamlProblem(f"not YAML: {error}") from None
    root = composer.root
    return Document(root.value if root else None, more, composer.duplicate, root)


def shared_yaml(text: str, *, unique_keys: bool = True) -> Document:
    """What `read_yaml` gives for `text`, read once for equal texts: nobody may change the document's value."""
    found = _SHARED((text, unique_keys))
    if isinstance(found, YamlProblem):
        raise YamlProblem(found.reason, found.line)  # not the kept one: a traceback would stay with it
    return found


def _outcome(asked: tuple[str, bool]) -> Document | YamlProblem:
    try:
        return read_yaml(asked[0], unique_keys=asked[1])
    except YamlProblem as problem:
        return YamlProblem(problem.reason, problem.line)


def _weight(asked: tuple[str, bool], found: Document | YamlProblem) -> int:
    """In values of a document; a text weighs as much as its memory."""
    return 1 + len(asked[0]) // 256 + (found.size if isinstance(found, Document) else 0)


_SHARED = Remembered(_outcome, _weight, most=MAX_SHARED)


def _compose(text: str, composer: Composer) -> bool:
    """Feeds the first document; True if another one follows (or what stands there is not YAML)."""
    loader = _Loader(text)
    try:
        loader.get_event()  # the stream's start
        if loader.check_event(yaml.StreamEndEvent):
            return False
        composer.feed(iter(loader.get_event, None))
        try:
            return not loader.check_event(yaml.StreamEndEvent)
        except yaml.YAMLError:
            return True
    finally:
        loader.dispose()
