"""The settings below `imagePolicy`, decoded as the ImagePolicyWebhook plugin of v1.35.4 decodes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ckslab.kubernetes.node_file import Where
from ckslab.kubernetes.remembered import Remembered
from ckslab.kubernetes.v1_35.refusal import Cause, Refusal
from ckslab.kubernetes.yaml.go_struct import BOOL, DURATION, STRING, Decoded, Decoder, struct
from ckslab.kubernetes.yaml.json_text import looks_like_json, read_json
from ckslab.kubernetes.yaml.text import MAX_SHARED, Document, YamlProblem, read_yaml

_POLICY = struct(
    "imagePolicyWebhookConfig",
    kubeConfigFile=STRING,
    allowTTL=DURATION,
    denyTTL=DURATION,
    retryBackoff=DURATION,
    defaultAllow=BOOL,
)
_CONFIG = struct("AdmissionConfig", imagePolicy=_POLICY)

_SECOND = 1_000_000_000
_MILLI = 1_000_000
_MINUTE = 60 * _SECOND
# plugin/pkg/admission/imagepolicy/config.go: field -> unit, minimum, maximum in ns, default in units.
_RANGES = {
    "retryBackoff": (_MILLI, 1, 5 * _MINUTE, 500),
    "allowTTL": (_SECOND, _SECOND, 30 * _MINUTE, 300),
    "denyTTL": (_SECOND, _SECOND, 30 * _MINUTE, 30),
}
_DISABLED = -1

Place = Callable[[tuple[str | int, ...]], Where]
"""Where a path of the inner document stands on the node."""


@dataclass(frozen=True)
class ImagePolicy:
    """What the plugin works with. TTLs in seconds, back-off in milliseconds, -1 where switched off.

    kube_config_file is as written. refusals: why the plugin does not start (the values that could be
    decoded stand all the same). places: field -> where it stands, or where it would stand.
    """

    kube_config_file: str = ""
    values: dict[str, int | bool | str] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    places: dict[str, Where] = field(default_factory=dict)


def decode_inner_text(text: str, path: str) -> ImagePolicy:
    """The settings in a file of their own: apimachinery's YAMLOrJSONDecoder, first document only.

    Equal files are decoded once.
    """
    return _SHARED((text, path))


def _load(file: tuple[str, str]) -> ImagePolicy:
    text, path = file
    if looks_like_json(text[:4096]):
        try:
            document = read_json(text, whole=False)
        except YamlProblem:
            pass  # the decoder goes on with YAML
        else:
            return decode_inner_value(document.value, lambda at: Where(path, document.line(*at), _shown(at)))
    try:
        document = _first_document(text)
    except YamlProblem as problem:
        cause: Cause = "empty-config" if problem.reason == "EOF" else "yaml"
        return ImagePolicy(refusals=(Refusal(cause, problem.reason, Where(path, problem.line)),))
    value = sorted_keys(document.value)
    return decode_inner_value(value, lambda at: Where(path, document.line(*at), _shown(at)))


_SHARED = Remembered(_load, lambda file, _: 100 + len(file[0]) // 256, most=MAX_SHARED)


def decode_inner_value(value: Any, place: Place) -> ImagePolicy:
    """The settings in a decoded document, with encoding/json's rules: upper case does not matter."""
    decoded = Decoder(fold_case=True, coerce=True).decode(value, _CONFIG)
    refusals = [Refusal("type", message, place(path)) for path, message in decoded.wrong]
    policy = (decoded.value or {}).get("imagePolicy") or {}
    places = {name: place(_spelled(decoded, name)) for name in _POLICY.fields}
    kube_config_file = policy.get("kubeConfigFile") or ""
    values: dict[str, int | bool | str] = {
        "kubeConfigFile": kube_config_file,
        "defaultAllow": bool(policy.get("defaultAllow")),
    }
    for name, limits in _RANGES.items():
        values[name], problem = _normalize(policy.get(name) or 0, *limits)
        if problem and not decoded.wrong:
            refusals.append(Refusal("range", problem, places[name]))
    return ImagePolicy(kube_config_file, values, tuple(refusals), places)


def sorted_keys(value: Any) -> Any:
    """YAML reaches the decoder as JSON with sorted keys, which decides between spellings of a key."""
    if isinstance(value, dict):
        return {key: sorted_keys(item) for key, item in sorted(value.items())}
    return [sorted_keys(item) for item in value] if isinstance(value, list) else value


def go_duration(nanoseconds: int) -> str:
    """time.Duration's String for whole seconds and for single nanoseconds."""
    sign, left = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if left == 0:
        return "0s"
    for unit, size in (("ns", 1), ("µs", 1000), ("ms", _MILLI)):
        if left < size * 1000:
            return f"{sign}{left / size:.6f}".rstrip("0").rstrip(".") + unit
    hours, left = divmod(left, 60 * _MINUTE)
    minutes, left = divmod(left, _MINUTE)
    seconds = f"{left / _SECOND:.9f}".rstrip("0").rstrip(".")
    return sign + (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{seconds}s"


def _normalize(value: int, unit: int, least: int, most: int, default: int) -> tuple[int, str]:
    if value == _DISABLED:
        return _DISABLED, ""
    if value == 0:
        return default, ""
    scaled = (value * unit + 2**63) % 2**64 - 2**63  # Go's int64 wraps around
    if not least <= scaled <= most:
        got = go_duration(scaled)
        return value, f"valid value is between {go_duration(least)} and {go_duration(most)}, got {got}"
    return scaled // unit, ""


def _first_document(text: str) -> Document:
    """What YAMLReader.Read gives first: up to a line that begins with `---` and is not the first one."""
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("---"):
            rest = line[3:].strip()
            if rest and not rest.startswith("#"):
                raise YamlProblem(f"invalid Yaml document separator: {rest}", number)
            if lines:
                break
        lines.append(line.removesuffix("\r"))
    if not text:
        raise YamlProblem("EOF", 1)
    return read_yaml("\n".join(lines), unique_keys=False)


def _spelled(decoded: Decoded, name: str) -> tuple[str | int, ...]:
    """Where a setting was found as it is spelled there, else where it belongs."""
    found = decoded.at.get(("imagePolicy", name))
    return found if found is not None else (*decoded.at.get(("imagePolicy",), ("imagePolicy",)), name)


def _shown(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
