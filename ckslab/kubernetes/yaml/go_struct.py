"""Decodes plain values into the shape of a Go struct, with encoding/json's rules and messages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["string", "bool", "int", "bytes", "any", "list", "map", "struct"]


@dataclass(frozen=True)
class Shape:
    """What a field takes.

    go: the Go type's name for messages. fields: of a struct. item: of a list or map.
    """

    kind: Kind
    go: str
    fields: Mapping[str, Shape] = field(default_factory=dict)
    item: Shape | None = None


STRING = Shape("string", "string")
BOOL = Shape("bool", "bool")
DURATION = Shape("int", "time.Duration")
BYTES = Shape("bytes", "[]uint8")
ANY = Shape("any", "any")


def struct(go: str, **fields: Shape) -> Shape:
    """A struct; underscores in the names of fields stand for dashes."""
    return Shape("struct", go, {name.replace("_", "-"): shape for name, shape in fields.items()})


def list_of(item: Shape) -> Shape:
    """A list."""
    return Shape("list", f"[]{item.go}", item=item)


def map_of(item: Shape) -> Shape:
    """A map from strings."""
    return Shape("map", f"map[string]{item.go}", item=item)


Path = tuple[str | int, ...]


@dataclass
class Decoded:
    """A value in its shape (absent fields are absent), and what did not fit.

    at: where each field of a struct was found, as spelled in the text. wrong: (path, message).
    unknown: paths of keys that the shape does not have.
    """

    value: Any = None
    wrong: list[tuple[Path, str]] = field(default_factory=list)
    unknown: list[Path] = field(default_factory=list)
    at: dict[Path, Path] = field(default_factory=dict)


@dataclass
class Decoder:
    """How to decode: fold_case as encoding/json (sigs.k8s.io/json does not), coerce as sigs.k8s.io/yaml.

    Coercion: scalars for string fields; whole numbers written with a fraction (50.0) for integers.
    """

    fold_case: bool = False
    coerce: bool = False

    def decode(self, value: Any, shape: Shape) -> Decoded:
        """Decodes `value`; like encoding/json it goes on after a value of the wrong type."""
        result = Decoded()
        result.value = self._value(value, shape, result, (), (), shape.go)
        return result

    def _value(self, value: Any, shape: Shape, out: Decoded, path: Path, real: Path, name: str) -> Any:
        out.at[path] = real
        if shape.kind == "any":
            return value
        if value is None:
            return None
        if shape.kind == "struct" and isinstance(value, dict):
            return self._struct(value, shape, out, path, real)
        if shape.kind == "list" and shape.item and isinstance(value, list):
            item = shape.item
            return [self._value(one, item, out, (*path, i), (*real, i), name) for i, one in enumerate(value)]
        if shape.kind == "map" and shape.item and isinstance(value, dict):
            item = shape.item
            return {k: self._value(v, item, out, (*path, k), (*real, k), name) for k, v in value.items()}
        try:
            return self._scalar(value, shape)
        except ValueError as problem:
            target = f"Go struct field {name}" if path else "Go value"
            out.wrong.append((real, str(problem).replace("TARGET", f"{target} of type {shape.go}")))
            return None

    def _struct(self, value: dict[str, Any], shape: Shape, out: Decoded, path: Path, real: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item in value.items():
            name = self._field(key, shape.fields)
            if name is None:
                out.unknown.append((*real, key))
                continue
            dotted = ".".join(str(step) for step in (*path, name) if isinstance(step, str))
            decoded = self._value(
                item, shape.fields[name], out, (*path, name), (*real, key), f"{shape.go}.{dotted}"
            )
            if decoded is None and name in result:
                continue  # null leaves a field as it is
            if isinstance(decoded, dict) and isinstance(result.get(name), dict):
                decoded = {**result[name], **decoded}
            result[name] = decoded
        return result

    def _field(self, key: str, names: Iterable[str]) -> str | None:
        if key in names:
            return key
        if not self.fold_case:
            return None
        return next((name for name in names if name.lower() == key.lower()), None)

    def _scalar(self, value: Any, shape: Shape) -> Any:
        kind = shape.kind
        if kind == "string" and (isinstance(value, str) or (self.coerce and isinstance(value, bool | int | float))):
            return str(value).lower() if isinstance(value, bool) else str(value)
        if kind == "bool" and isinstance(value, bool):
            return value
        if kind == "int" and isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
            return value
        if kind == "int" and self.coerce and isinstance(value, float) and value.is_integer():
            return self._scalar(int(value), shape)
        if kind == "bytes" and isinstance(value, str):
            return _base64(value)
        raise ValueError(f"json: cannot unmarshal {_json_name(value, kind)} into TARGET")


def _base64(text: str) -> bytes:
    """encoding/base64.StdEncoding: line breaks are skipped, padding is needed."""
    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("illegal base64 data") from None


def _json_name(value: Any, wanted: Kind) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return f"number {value}" if wanted == "int" else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
