"""The kinds of service that a lab may have: a folder each, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ckslab.lazy_table import LazyTable

if TYPE_CHECKING:
    from ckslab.services.kind import ServiceKind

SERVICE_KINDS: LazyTable[ServiceKind[Any]] = LazyTable(
    {
        "image-scanner": ("ckslab.services.image_scanner", "ImageScannerKind"),
        "registry": ("ckslab.services.registry", "RegistryKind"),
    }
)
