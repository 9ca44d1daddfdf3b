"""YAML events to nodes with line numbers, with an explicit stack and bounded in every direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from ckslab.kubernetes.yaml.scalar import key_text, resolve

MAX_DEPTH = 40
MAX_NODES = 20_000
"""Nodes of a document after its aliases are expanded."""


class YamlProblem(ValueError):
    """A text that is not YAML, or not as Kubernetes takes it. `line` counts from 1, None if unknown."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.line = line


@dataclass(slots=True)
class Node:
    """A value and where it stands. children: by key or index, each with the line of that key or item.

    twice: the lines of keys that stand again below, so that what they hold is lost.
    """

    line: int
    value: Any = None
    children: dict[str | int, tuple[int, Node]] = field(default_factory=dict)
    twice: dict[str, int] = field(default_factory=dict)
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class _Open:
    """A collection that is being read; `parts` are its nodes so far, with their own lines."""

    node: Node
    mapping: bool
    anchor: str | None
    parts: list[tuple[int, Node, bool]] = field(default_factory=list)


class Composer:
    """Builds the nodes of one document from its events.

    Follows go.yaml.in/yaml/v2 v2.4.3 (decode.go): merge keys are taken in their place, so what stands
    later wins, and with unique keys a merged key that comes again is a duplicate too.
    """

    def __init__(self, unique_keys: bool) -> None:
        self._unique = unique_keys
        self._anchors: dict[str, Node | None] = {}
        self._stack: list[_Open] = []
        self._nodes = 0
        self.root: Node | None = None
        self.duplicate: YamlProblem | None = None  # the first key that comes twice, where that is allowed

    def feed(self, events: Iterator[yaml.Event]) -> None:
        """Takes the events of one document, up to its end."""
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, _line(event))
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event, _line(event))
            elif isinstance(event, yaml.AliasEvent):
                self._alias(str(event.anchor), _line(event))
            elif isinstance(event, yaml.DocumentEndEvent):
                return

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        plain = bool(event.implicit[0])
        try:
            value = resolve(event.tag, str(event.value), plain)
        except ValueError as problem:
            raise YamlProblem(str(problem), line) from None
        node = Node(line, value)
        if event.anchor:
            self._anchors[str(event.anchor)] = node
        merges = event.value == "<<" and (plain or event.tag == "tag:yaml.org,2002:merge")
        self._add(line, node, merges)

    def _alias(self, name: str, line: int) -> None:
        if name not in self._anchors:
            raise YamlProblem(f"unknown anchor '{name}' referenced", line)
        node = self._anchors[name]
        if node is None:
            raise YamlProblem(f"anchor '{name}' value contains itself", line)
        self._add(line, node)

    def _start(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise YamlProblem(f"nested deeper than {MAX_DEPTH} levels", line)
        anchor = str(event.anchor) if event.anchor else None
        if anchor:
            self._anchors[anchor] = None
        self._stack.append(_Open(Node(line), isinstance(event, yaml.MappingStartEvent), anchor))

    def _end(self) -> None:
        opened = self._stack.pop()
        node = opened.node
        if opened.mapping:
            self._fill_mapping(opened)
        else:
            node.value = [part.value for _, part, _ in opened.parts]
            node.children = {index: (line, part) for index, (line, part, _) in enumerate(opened.parts)}
        if opened.anchor:
            self._anchors[opened.anchor] = node
        self._add(node.line, node, counted=True)

    def _add(self, line: int, node: Node, merges: bool = False, counted: bool = False) -> None:
        self._nodes += 1 if counted else node.size
        if self._nodes > MAX_NODES:
            raise YamlProblem(f"more than {MAX_NODES} values (aliases expanded)", line)
        if len(self._stack) + node.height > MAX_DEPTH + 1:
            raise YamlProblem(f"nested deeper than {MAX_DEPTH} levels", line)
        if self._stack:
            opened = self._stack[-1]
            opened.parts.append((line, node, merges))
            opened.node.size += node.size
            opened.node.height = max(opened.node.height, node.height + 1)
        else:
            self.root = node

    def _fill_mapping(self, opened: _Open) -> None:
        node, parts = opened.node, opened.parts
        node.value = {}
        own: set[str] = set()  # a key that a merge brought may be set again: that is what merges are for
        for (line, key, merges), (_, value, _) in zip(parts[::2], parts[1::2], strict=True):
            if merges:
                for source in _merged(value, line):
                    for name, (at, child) in source.children.items():
                        self._set(node, str(name), at, child)
                continue
            if isinstance(key.value, dict | list):
                raise YamlProblem("invalid map key: a mapping or a list", line)
            try:
                name = key_text(key.value)
            except ValueError as problem:
                raise YamlProblem(str(problem), line) from None
            if name in own:
                node.twice[name] = node.children[name][0]
            own.add(name)
            self._set(node, name, line, value)

    def _set(self, node: Node, name: str, line: int, value: Node) -> None:
        if name in node.children:
            problem = YamlProblem(f'key "{name}" already set in map', line)
            if self._unique:
                raise problem
            self.duplicate = self.duplicate or problem
        node.children[name] = (line, value)
        node.value[name] = value.value


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _merged(value: Node, line: int) -> list[Node]:
    """The mappings that a merge key names, in the order in which they are laid on: earlier ones win."""
    sources = [value] if isinstance(value.value, dict) else [child for _, child in value.children.values()]
    if not isinstance(value.value, dict | list) or not all(isinstance(one.value, dict) for one in sources):
        raise YamlProblem("map merge requires map or sequence of maps as the value", line)
    return sources[::-1]
