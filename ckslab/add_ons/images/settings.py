"""What a scenario says of the image tools."""

from __future__ import annotations

from ckslab.strict import Strict


class Images(Strict):
    """`docker` (nerdctl) and BuildKit on the node; nothing is to be said of them yet."""
