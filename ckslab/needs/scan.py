"""What the lab's Trivy found in an image of the node when the lab was made, before anybody could change it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ckslab.errors import few
from ckslab.evidence import Fact, Need, Unavailable
from ckslab.scanning.report import ScanReport
from ckslab.scanning.selection import Selection

if TYPE_CHECKING:
    from ckslab.needs.sources import HandedInSources, Sources


@dataclass(frozen=True, slots=True)
class ScanNeed(Need[ScanReport]):
    """One image: `pod`, that of the static pod of this name; `image`, by a name that the node's store has;
    `archive`, a path on the node; or `made`, as an author describes it (`ImageDocument`, in JSON).

    claim: what the author says of it, (findings, whether some are in it): where that is wrong, no lab is made.
    """

    pod: str = ""
    image: str = ""
    archive: str = ""
    made: str = ""
    claim: tuple[Selection, bool] | None = None

    def words(self) -> str:
        """What is asked."""
        return f"what Trivy finds in {self.about}"

    @property
    def about(self) -> str:
        """The image, in words."""
        if self.made:
            return f"the image of {self.made[:300]}"
        return self.image or self.archive or f"the image of {self.pod}"

    @property
    def key(self) -> str:
        """By which a lab keeps it."""
        if self.made:
            return f"made/{hashlib.sha256(self.made.encode()).hexdigest()}"
        return self.image or (f"archive{self.archive}" if self.archive else f"pod/{self.pod}")

    def contradicted(self, report: ScanReport) -> str:
        """What the scan says against the claim, in a sentence; "" where it is true."""
        if self.claim is None:
            return ""
        selection, expected = self.claim
        found = sorted(selection.of(report.found))
        if bool(found) == expected:
            return ""
        what = few(f"{one.id} ({one.package})" for one in found) if found else "none"
        said = "some" if expected else "no"
        return f"the scenario says that {said} such findings are in {self.about}, and Trivy finds {what}"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Take what the lab kept at its start."""
        kept = sources.lab.initial_scans()
        reset = Unavailable("this lab kept no scans of its start: ckslab reset makes it anew")
        return {need: kept.get(need.key, reset) for need in needs}

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """What the lab said of it."""
        if sources.lab is None:
            return {need: need.not_in_files() for need in needs}
        kept = sources.lab.initial_scans()
        untold = Unavailable("the archive does not tell what was found in the lab's images at the start")
        return {need: kept.get(need.key, untold) for need in needs}
