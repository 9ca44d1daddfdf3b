"""Where a probe's object is made: in the namespace that its row or its manifest names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckslab.needs.probe import NewNamespace

DEFAULT = "default"


def manifest_place(manifest: Mapping[str, Any] | None, given: str | NewNamespace | None) -> str | NewNamespace:
    """The namespace; ValueError where a manifest names another one than is given beside it."""
    metadata = (manifest or {}).get("metadata")
    written = metadata.get("namespace") if isinstance(metadata, Mapping) else None
    if written is not None and given not in (None, written):
        raise ValueError(f"the manifest is in the namespace {written}: name no other beside it")
    if isinstance(written, str):
        return written
    return DEFAULT if given is None else given
