"""What a lab's node may have beside a plain cluster: a folder each, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ckslab.lazy_table import LazyTable

if TYPE_CHECKING:
    from ckslab.add_ons.add_on import AddOn

ADD_ONS: LazyTable[AddOn[Any]] = LazyTable(
    {
        "gatekeeper": ("ckslab.add_ons.gatekeeper", "GatekeeperAddOn"),
        "images": ("ckslab.add_ons.images", "ImagesAddOn"),
        "trivy": ("ckslab.add_ons.trivy", "TrivyAddOn"),
    }
)
