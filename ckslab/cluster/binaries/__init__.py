"""Where each binary of the embedded node comes from.

In this order: a folder that the user names, the machine, the cache, a download of the pinned release,
a build of the same version from its Go modules. `pins.json` holds versions, checksums and recipes.
"""

from ckslab.cluster.binaries.cache import cache_dir
from ckslab.cluster.binaries.ensure import ensure
from ckslab.cluster.binaries.locate import Found, Missing, locate
from ckslab.cluster.binaries.pins import Pins, load

REQUIRED: tuple[str, ...] = tuple(
    name for component in load().components if component.node for name in component.binaries
)
"""The binaries that the embedded node cannot do without."""

__all__ = ["REQUIRED", "Found", "Missing", "Pins", "cache_dir", "ensure", "load", "locate"]
