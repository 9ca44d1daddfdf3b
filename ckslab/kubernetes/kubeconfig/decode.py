"""A kubeconfig as clientcmd of v0.35.4 loads it: not strict, keys case-sensitive, names unique."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Any

from ckslab.kubernetes.node_file import Where
from ckslab.kubernetes.remembered import Remembered
from ckslab.kubernetes.static_pod.container_files import Seen
from ckslab.kubernetes.v1_35.refusal import Cause, Refusal
from ckslab.kubernetes.yaml.go_struct import ANY, BOOL, BYTES, STRING, Decoder, Shape, list_of, map_of, struct
from ckslab.kubernetes.yaml.text import MAX_SHARED, Document, YamlProblem, read_yaml

_CLUSTER = struct(
    "Cluster",
    server=STRING,
    tls_server_name=STRING,
    insecure_skip_tls_verify=BOOL,
    certificate_authority=STRING,
    certificate_authority_data=BYTES,
    proxy_url=STRING,
    disable_compression=BOOL,
)
_EXEC = struct(
    "ExecConfig",
    command=STRING,
    args=list_of(STRING),
    env=list_of(struct("ExecEnvVar", name=STRING, value=STRING)),
    apiVersion=STRING,
    installHint=STRING,
    provideClusterInfo=BOOL,
    interactiveMode=STRING,
)
_USER = struct(
    "AuthInfo",
    client_certificate=STRING,
    client_certificate_data=BYTES,
    client_key=STRING,
    client_key_data=BYTES,
    token=STRING,
    tokenFile=STRING,
    as_uid=STRING,
    as_groups=list_of(STRING),
    as_user_extra=map_of(list_of(STRING)),
    username=STRING,
    password=STRING,
    auth_provider=struct("AuthProviderConfig", name=STRING, config=map_of(STRING)),
    exec=_EXEC,
)
_USER = Shape("struct", _USER.go, {**_USER.fields, "as": STRING})
_CONTEXT = struct("Context", cluster=STRING, user=STRING, namespace=STRING)
_CONFIG = struct(
    "Config",
    kind=STRING,
    apiVersion=STRING,
    preferences=struct("Preferences", colors=BOOL, extensions=ANY),
    clusters=list_of(struct("NamedCluster", name=STRING, cluster=_CLUSTER)),
    users=list_of(struct("NamedAuthInfo", name=STRING, user=_USER)),
    contexts=list_of(struct("NamedContext", name=STRING, context=_CONTEXT)),
    current_context=STRING,
)
_GROUP_VERSION_KIND = struct("struct", apiVersion=STRING, kind=STRING)
_LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}


@dataclass(frozen=True)
class Named:
    """A cluster, user or context: its fields as decoded, and where it stands in its list."""

    index: int
    fields: dict[str, Any]


@dataclass(frozen=True)
class Kubeconfig:
    """A decoded kubeconfig. named: list name -> name -> entry. refusals: why it cannot be loaded."""

    seen: Seen
    document: Document | None = None
    named: dict[str, dict[str, Named]] = field(default_factory=lambda: {name: {} for name in _LISTS})
    current_context: str = ""
    refusals: tuple[Refusal, ...] = ()

    def place(self, *path: str | int) -> Where:
        """Where something of the kubeconfig stands on the node."""
        shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        return Where(self.seen.where.path, self.document.line(*path) if self.document else None, shown)

    @property
    def context(self) -> Named | None:
        """The current context."""
        return self.named["contexts"].get(self.current_context)

    @property
    def cluster(self) -> Named | None:
        """The current context's cluster."""
        return self.named["clusters"].get(self._of_context("cluster"))

    @property
    def user(self) -> Named | None:
        """The current context's user."""
        return self.named["users"].get(self._of_context("user"))

    def _of_context(self, what: str) -> str:
        return (self.context.fields.get(what) or "") if self.context else ""

    def cluster_place(self, name: str) -> Where:
        """Where a field of the current cluster stands or would stand."""
        return self._entry_place("clusters", self.cluster, name)

    def user_place(self, name: str) -> Where:
        """Where a field of the current user stands or would stand."""
        return self._entry_place("users", self.user, name)

    def _entry_place(self, group: str, entry: Named | None, name: str) -> Where:
        if entry is None:
            return self.place(group)
        return self.place(group, entry.index, _LISTS[group], name)

    def resolve(self, path: str) -> str:
        """A relative path in a kubeconfig is relative to the kubeconfig's folder."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.seen.container_path), path))


def decode_kubeconfig(seen: Seen) -> Kubeconfig:
    """Loads the kubeconfig (clientcmd.LoadFromFile); equal files are decoded once."""
    return _SHARED(seen)


def _load(seen: Seen) -> Kubeconfig:
    container_path = seen.container_path
    if not seen.readable:
        if (
            "is a directory" in seen.error or "too many levels" in seen.error
        ):  # seen on v1.35.4: stat lets both pass
            return _refused(
                seen, "kubeconfig-invalid", f'error loading config file "{container_path}": {seen.error}'
            )
        error = f"stat {container_path}:" + seen.error.partition(":")[2]
        return _refused(seen, "kubeconfig-unreadable", error)
    text = seen.file.text if seen.file else None
    if text is None:
        return _invalid(seen, None, "yaml: invalid leading UTF-8 octet", seen.where)
    if not text:
        return Kubeconfig(seen)
    try:
        document = read_yaml(text, unique_keys=False)
    except YamlProblem as problem:
        return _invalid(seen, None, f"yaml: {problem}", Where(seen.where.path, problem.line))
    return _decode(Kubeconfig(seen, document))


_SHARED = Remembered(
    _load, lambda _, config: 100 + (config.document.size if config.document else 0), most=MAX_SHARED
)


def _decode(config: Kubeconfig) -> Kubeconfig:
    document, seen = config.document, config.seen
    assert document is not None
    head = Decoder(fold_case=True).decode(document.value, _GROUP_VERSION_KIND)
    if head.wrong:
        path, message = head.wrong[0]
        reason = f"couldn't get version/kind; json parse error: {message}"
        return _invalid(seen, document, reason, config.place(*path))
    version, kind = ((head.value or {}).get(key) or "" for key in ("apiVersion", "kind"))
    if version not in ("", "v1") or kind not in ("", "Config"):
        reason = f'no kind "{kind or "Config"}" is registered for version "{version or "v1"}"'
        return _invalid(seen, document, reason, config.place("apiVersion" if kind in ("", "Config") else "kind"))
    decoded = Decoder().decode(document.value, _CONFIG)
    if decoded.wrong:
        path, message = decoded.wrong[0]
        return _invalid(seen, document, message, config.place(*path))
    value = decoded.value or {}
    named: dict[str, dict[str, Named]] = {}
    for group, inner in _LISTS.items():
        named[group] = {}
        for index, entry in enumerate(value.get(group) or []):
            name = (entry or {}).get("name") or ""
            if name in named[group]:
                reason = f'duplicate name "{name}" in list'
                return _invalid(seen, document, reason, config.place(group, index, "name"))
            named[group][name] = Named(index, (entry or {}).get(inner) or {})
    return Kubeconfig(seen, document, named, value.get("current-context") or "")


def _invalid(seen: Seen, document: Document | None, reason: str, where: Where) -> Kubeconfig:
    words = f'error loading config file "{seen.container_path}": {reason}'
    return Kubeconfig(seen, document, refusals=(Refusal("kubeconfig-invalid", words, where),))


def _refused(seen: Seen, cause: Cause, reason: str) -> Kubeconfig:
    return Kubeconfig(seen, refusals=(Refusal(cause, reason, seen.where),))
