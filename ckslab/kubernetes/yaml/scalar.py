"""What a YAML scalar means to Kubernetes: go.yaml.in/yaml/v2 v2.4.3 (resolve.go), then JSON."""

from __future__ import annotations

import base64
import binascii
import math
import re
from functools import lru_cache

Scalar = str | int | float | bool | None

_TAG = "tag:yaml.org,2002:"
_RESOLVABLE = frozenset({"", "str", "bool", "int", "float", "null", "timestamp"})
_WORDS: dict[str, tuple[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), ("bool", True)),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), ("bool", False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("null", None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ("float", math.nan)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ("float", math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), ("float", -math.inf)),
}
# strconv.ParseInt(text, 0, 64); the underscores are gone by then.
_INTEGER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]*)|([1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DOT_FLOAT = re.compile(r"\.[0-9]+([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")
_LONGEST_DECIMAL = 20  # digits of 2**64


def resolve_scalar(tag: str | None, text: str, plain: bool) -> Scalar:
    """The value of a scalar: `tag` as the parser gave it, `plain` when it has neither quotes nor a tag.

    Raises ValueError where Kubernetes refuses the document: a tag that does not fit its text, and numbers
    that JSON does not have.
    """
    if not tag and not plain:
        return text
    short = (tag or "").removeprefix(_TAG)
    if tag and not tag.startswith(_TAG):
        return text
    if short == "binary":
        return _binary(text)
    if short not in _RESOLVABLE or short == "str":
        return text
    kind, value = _guess(text)
    if short == "timestamp" and _DATE.fullmatch(text):
        return text
    if short not in ("", kind) and (short, kind) != ("float", "int"):
        raise ValueError(f"cannot decode !!{kind} `{text[:40]}` as a !!{short}")
    return _as_json(value)


_SHORT = 64
_resolve_short = lru_cache(maxsize=4096)(resolve_scalar)


def resolve(tag: str | None, text: str, plain: bool) -> Scalar:
    """The same, remembered for short texts: most scalars of a class's files are the same few words."""
    return (_resolve_short if len(text) <= _SHORT else resolve_scalar)(tag, text, plain)


def key_text(value: Scalar) -> str:
    """The JSON key for a YAML key, as sigs.k8s.io/yaml v1.6.0 makes it; ValueError for a null key."""
    if value is None:
        raise ValueError("unsupported map key of type: null")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _binary(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise ValueError("!!binary value contains invalid base64 data") from None


def _guess(text: str) -> tuple[str, Scalar]:
    if text in _WORDS:
        return _WORDS[text]
    number: Scalar = None
    if text[0] == "." and _DOT_FLOAT.fullmatch(text):
        number = _finite(text)
    elif text[0] in "+-0123456789":
        plain = text.replace("_", "")
        number = _integer(plain)
        if number is None and _FLOAT.fullmatch(plain):
            number = _finite(plain)
    if number is None:
        return "str", text
    return ("int" if isinstance(number, int) else "float"), number


def _integer(text: str) -> int | None:
    match = _INTEGER.fullmatch(text)
    if match is None:
        return None
    sign, hexa, binary, octal, decimal = match.groups()
    if text[-1] in "oO":  # "0o" alone is no number
        return None
    if decimal is not None:
        if len(decimal) > _LONGEST_DECIMAL:
            return None
        value = int(decimal)
    else:
        digits, radix = (hexa, 16) if hexa else (binary, 2) if binary else (octal or "0", 8)
        value = int(digits, radix)
    value = -value if sign == "-" else value
    return value if -(2**63) <= value < (2**63 if sign else 2**64) else None


def _finite(text: str) -> float | None:
    """strconv.ParseFloat: out of range is an error, so the scalar stays a string."""
    value = float(text)
    return None if math.isinf(value) else value


def _as_json(value: Scalar) -> Scalar:
    """The value after the way through JSON: 50.0 is written 50, and there is no infinity."""
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        raise ValueError(f"json: unsupported value: {value}")
    # encoding/json writes an exponent from 1e21 on, which no integer field accepts.
    return int(value) if value.is_integer() and abs(value) < 1e21 else value
