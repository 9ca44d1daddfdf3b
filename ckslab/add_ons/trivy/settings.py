"""What a scenario says of Trivy."""

from __future__ import annotations

from ckslab.strict import Strict


class Trivy(Strict):
    """Trivy and the lab's database on the node; there is nothing to be set."""
