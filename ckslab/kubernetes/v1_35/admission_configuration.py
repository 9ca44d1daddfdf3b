"""AdmissionConfiguration as kube-apiserver v1.35.4 decodes it (apiserver/pkg/admission/config.go)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ckslab.kubernetes.node_file import Where
from ckslab.kubernetes.remembered import Remembered
from ckslab.kubernetes.static_pod.container_files import Seen
from ckslab.kubernetes.v1_35.image_policy import (
    ImagePolicy,
    decode_inner_text,
    decode_inner_value,
    sorted_keys,
)
from ckslab.kubernetes.v1_35.refusal import Refusal
from ckslab.kubernetes.yaml.go_struct import ANY, STRING, Decoder, list_of, struct
from ckslab.kubernetes.yaml.json_text import duplicate_key, looks_like_json, read_json
from ckslab.kubernetes.yaml.text import MAX_SHARED, Document, YamlProblem, read_yaml

PLUGIN = "ImagePolicyWebhook"

_KINDS = {
    ("apiserver.config.k8s.io/v1", "AdmissionConfiguration"),
    ("apiserver.k8s.io/v1alpha1", "AdmissionConfiguration"),
}
_OTHER_KINDS = (
    "AuthenticationConfiguration",
    "AuthorizationConfiguration",
    "EncryptionConfiguration",
    "TracingConfiguration",
)
_ENTRY = struct("AdmissionPluginConfiguration", name=STRING, path=STRING, configuration=ANY)
_OUTER = struct("AdmissionConfiguration", apiVersion=STRING, kind=STRING, plugins=list_of(_ENTRY))
_GROUP_VERSION_KIND = struct("struct", apiVersion=STRING, kind=STRING)
_LEGACY = ("imagePolicy", "podNodeSelectorPluginConfig")


@dataclass(frozen=True)
class Entry:
    """A plugin's entry: settings embedded (`configuration`) or in the file at container path `path`."""

    index: int
    name: str
    path: str = ""
    configuration: Any = None


@dataclass(frozen=True)
class Admission:
    """The outer file decoded. legacy: a bare plugin configuration, which stands for its own entry.

    refusals: why the API server does not start with it (entries may still be known then).
    """

    seen: Seen
    document: Document | None = None
    entries: tuple[Entry, ...] = ()
    legacy: bool = False
    refusals: tuple[Refusal, ...] = ()

    def entry(self, plugin: str = PLUGIN) -> Entry | None:
        """The plugin's entry: the first one of that name."""
        return next((entry for entry in self.entries if entry.name == plugin), None)

    @cached_property
    def embedded(self) -> ImagePolicy:
        """The settings below configuration: of the plugin's entry, which has one."""
        entry = self.entry()
        assert entry is not None
        prefix = ("plugins", entry.index, "configuration")
        return decode_inner_value(entry.configuration, lambda at: self.place(*prefix, *at))

    def place(self, *path: str | int) -> Where:
        """Where something of the outer file stands on the node."""
        shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        line = self.document.line(*path) if self.document else None
        return Where(self.seen.where.path, line, shown)


def decode_admission(seen: Seen) -> Admission:
    """Decodes the file of --admission-control-config-file; equal files are decoded once."""
    return _SHARED(seen)


def _load(seen: Seen) -> Admission:
    if not seen.readable:
        reason = f'unable to read admission control configuration from "{seen.container_path}" [{seen.error}]'
        return _refused(seen, "config-unreadable", reason, seen.where)
    text = seen.file.text if seen.file else None
    path = seen.where.path
    if text is None:
        return _refused(seen, "yaml", "yaml: invalid leading UTF-8 octet", Where(path))
    as_json = looks_like_json(text)
    try:
        document = read_json(text) if as_json else read_yaml(text, unique_keys=False)
    except YamlProblem as problem:
        reason = "couldn't get version/kind; json parse error" if as_json else "yaml"
        return _refused(seen, "yaml", f"{reason}: {problem}", Where(path, problem.line))
    return _decode(Admission(seen, document), text, as_json)


_SHARED = Remembered(
    _load, lambda _, admission: 100 + (admission.document.size if admission.document else 0), most=MAX_SHARED
)


def image_policy(admission: Admission, open_file: Callable[[str], Seen]) -> tuple[ImagePolicy, Seen]:
    """The plugin's settings, and the file that holds them; `refusals` say why there are none."""
    entry = admission.entry()
    if entry is None:
        reason = f'couldn\'t init admission plugin "{PLUGIN}": no config specified'
        return ImagePolicy(refusals=(Refusal("no-config", reason, admission.place("plugins")),)), admission.seen
    if entry.configuration is not None:
        return admission.embedded, admission.seen
    if not entry.path:
        reason = f'couldn\'t init admission plugin "{PLUGIN}": no config specified'
        where = admission.place("plugins", entry.index)
        return ImagePolicy(refusals=(Refusal("no-config", reason, where),)), admission.seen
    seen = open_file(entry.path)
    if not seen.readable:
        reason = f"Couldn't open admission plugin configuration {seen.container_path}: {seen.error}"
        where = admission.place("plugins", entry.index, "path")
        return ImagePolicy(refusals=(Refusal("plugin-path", reason, where),)), seen
    text = seen.file.text if seen.file else None
    if text is None:
        refusal = Refusal("yaml", "yaml: invalid leading UTF-8 octet", seen.where)
        return ImagePolicy(refusals=(refusal,)), seen
    return decode_inner_text(text, seen.where.path), seen


def _decode(admission: Admission, text: str, as_json: bool) -> Admission:
    document = admission.document
    assert document is not None
    value = document.value
    head = Decoder(fold_case=True).decode(value, _GROUP_VERSION_KIND)
    if head.wrong:
        path, message = head.wrong[0]
        reason = f"couldn't get version/kind; json parse error: {message}"
        return _with(admission, Refusal("type", reason, admission.place(*path)))
    version, kind = ((head.value or {}).get(key) or "" for key in ("apiVersion", "kind"))
    if version.count("/") > 1:
        reason = f"unexpected GroupVersion string: {version}"
        return _with(admission, Refusal("kind", reason, admission.place("apiVersion")))
    if (version, kind) not in _KINDS:
        return _legacy(admission, version, kind)
    decoded = Decoder().decode(value if as_json else sorted_keys(value), _OUTER)
    entries = tuple(
        Entry(index, one.get("name") or "", _absolute(one.get("path"), admission), one.get("configuration"))
        for index, one in enumerate((decoded.value or {}).get("plugins") or [])
        for one in (one or {},)
    )
    refusals = [Refusal("type", message, admission.place(*path)) for path, message in decoded.wrong]
    if not refusals:
        refusals = _strict(admission, text, as_json, decoded.unknown)
    return Admission(admission.seen, document, entries, refusals=tuple(refusals))


def _strict(admission: Admission, text: str, as_json: bool, unknown: list[tuple[str | int, ...]]) -> list[Refusal]:
    """Duplicate keys anywhere in YAML, then unknown ones: serializer/json.go with EnableStrict."""
    found: list[Refusal] = []
    if as_json:
        if twice := duplicate_key(text):
            found.append(
                Refusal("strict", f'strict decoding error: duplicate field "{twice}"', admission.place(twice))
            )
    elif admission.document and (problem := admission.document.duplicate):
        reason = f"strict decoding error: yaml: unmarshal errors: {problem}"
        found.append(Refusal("strict", reason, Where(admission.seen.where.path, problem.line)))
    for path in unknown:
        where = admission.place(*path)
        found.append(Refusal("strict", f'strict decoding error: unknown field "{where.field}"', where))
    return found


def _legacy(admission: Admission, version: str, kind: str) -> Admission:
    value = admission.document.value if admission.document else None
    if isinstance(value, dict) and any(key in value for key in _LEGACY):
        entry = Entry(0, PLUGIN, admission.seen.container_path)
        return Admission(admission.seen, admission.document, (entry,), legacy=True)
    if version == "apiserver.config.k8s.io/v1" and kind in _OTHER_KINDS:
        reason = f'strict decoding error: unknown field "plugins" (the kind is {kind})'
        return _with(admission, Refusal("strict", reason, admission.place("kind")))
    if not kind:
        return _with(admission, Refusal("kind", "Object 'Kind' is missing", admission.place("kind")))
    if not version:
        return _with(admission, Refusal("kind", "Object 'apiVersion' is missing", admission.place("apiVersion")))
    reason = f'no kind "{kind}" is registered for version "{version}"'
    wrong = "kind" if any(version == known for known, _ in _KINDS) else "apiVersion"
    return _with(admission, Refusal("kind", reason, admission.place(wrong)))


def _absolute(path: str | None, admission: Admission) -> str:
    """A relative path is relative to the folder of the outer file."""
    if not path:
        return ""
    return posixpath.join(posixpath.dirname(admission.seen.container_path), path)


def _refused(seen: Seen, cause: Any, reason: str, where: Where) -> Admission:
    return Admission(seen, refusals=(Refusal(cause, reason, where),))


def _with(admission: Admission, refusal: Refusal) -> Admission:
    return Admission(admission.seen, admission.document, refusals=(refusal,))
