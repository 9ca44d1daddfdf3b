"""The kinds of service that a lab may have; each is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ckslab.services.kind import ServiceKind

_PLACES = {
    "image-scanner": ("image_scanner", "ImageScannerKind"),
}


class _ServiceKinds(Mapping[str, "ServiceKind[Any]"]):
    """Name -> kind of service. Only a lab that has one needs what it imports."""

    def __getitem__(self, name: str) -> ServiceKind[Any]:
        module, attribute = _PLACES[name]
        kind: ServiceKind[Any] = getattr(import_module(f"ckslab.services.{module}"), attribute)()
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


SERVICE_KINDS: Mapping[str, ServiceKind[Any]] = _ServiceKinds()
"""All kinds of service; KeyError for a name that is none."""
