"""Image references as kubelet and containerd take them: registry, repository, tag, digest.

The grammar and the defaults are those of github.com/distribution/reference v0.6.0 (regexp.go,
normalize.go), which the kubelet (pkg/util/parsers) and containerd's CRI plugin read an image's name with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DOCKER_HUB = "docker.io"
OFFICIAL = "library"
"""Where Docker Hub keeps what is named without a namespace: nginx is docker.io/library/nginx."""

_MAX_REPOSITORY = 255
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_REGISTRY = re.compile(
    r"(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
    r"(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])"
    r"(?::[0-9]+)?"
)
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REST = re.compile(
    rf"(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<algorithm>sha256|sha384|sha512):(?P<hex>[0-9a-f]+))?"
)
_ONLY_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image reference in parts, with the defaults filled in; tag and digest are "" where there is none.

    registry: host and port, docker.io where none is written. repository: without the registry, with
    library/ where Docker Hub has it. digest: sha256:HEX. name: as written, without tag and digest.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""
    name: str = ""

    def __str__(self) -> str:
        """The whole reference; equal references are equal texts."""
        tag, digest = f":{self.tag}" if self.tag else "", f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"


def parse_image_reference(text: str) -> ImageReference | None:
    """The parts of a reference; None for what the kubelet calls InvalidImageName.

    The first part is a registry if it has a dot, a port or an upper-case letter, or is localhost; a port
    is not a tag: `host:5000/app` has none.
    """
    if _ONLY_HEX.fullmatch(text):  # would be mistaken for an image's id
        return None
    first, slash, rest = text.partition("/")
    if not slash or not (first == "localhost" or set(first) & set(".:") or first != first.lower()):
        registry, rest = "", text
    else:
        registry = first
    found = _REST.fullmatch(rest)
    if found is None or (registry and not _REGISTRY.fullmatch(registry)):
        return None
    algorithm, digits, repository = found["algorithm"], found["hex"] or "", found["repository"]
    if algorithm and len(digits) != _DIGEST_LENGTHS[algorithm]:
        return None
    name = f"{registry}/{repository}" if registry else repository
    registry = DOCKER_HUB if registry in ("", "index.docker.io") else registry
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"{OFFICIAL}/{repository}"
    if len(repository) > _MAX_REPOSITORY:
        return None
    return ImageReference(registry, repository, found["tag"] or "", f"{algorithm}:{digits}" if digits else "", name)
