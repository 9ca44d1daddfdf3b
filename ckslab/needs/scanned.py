"""What an author says of an answer that scans give: findings of one image, or which of several have some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import Field, model_validator

from ckslab.needs.scan import ScanNeed
from ckslab.scanning.report import ScanReport, Vulnerability
from ckslab.scanning.selection import Selection
from ckslab.strict import Flag, Many


class Scanned(Selection):
    """Entries by a scan. One of pod (a static pod's image), image: an entry is an id and a package with such a
    finding. Or images: names, each with one image or several: an entry is a name of whose images one has such a
    finding; clean: of whose images none has. Which findings: severities, ids, fixed.
    """

    pod: str = ""
    image: str = ""
    images: dict[str, Many[str]] = Field(default_factory=dict)
    clean: Flag = False

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if [bool(self.pod), bool(self.image), bool(self.images)].count(True) != 1:
            raise ValueError("say of what, in one way: `pod`, `image` or `images`")
        if self.clean and not self.images:
            raise ValueError("clean is about `images`")
        return self

    def needs(self) -> tuple[ScanNeed, ...]:
        """The scans."""
        if self.images:
            every = dict.fromkeys(image for images in self.images.values() for image in images)
            return tuple(ScanNeed(image=image) for image in every)
        return (ScanNeed(self.pod, self.image),)

    def entries(self, reports: Mapping[str, ScanReport]) -> frozenset[str]:
        """The right ones. reports: by the needs' keys."""
        if not self.images:
            return frozenset(_entry(one) for one in self.of(self._found(reports)))
        found = {name: any(self.of(reports[image].found) for image in of) for name, of in self.images.items()}
        return frozenset(name for name, has in found.items() if has != self.clean)

    def entry(self, line: str) -> str:
        """An entry as it is compared: with single spaces; an id may stand behind its package."""
        words = line.split()
        if not self.images and len(words) == 2 and words[1].startswith(("CVE-", "LAB-", "GHSA-")):
            words.reverse()
        return " ".join(words)

    def about(self, entry: str, reports: Mapping[str, ScanReport]) -> str:
        """Why a finding of the image is no entry, in a sentence; "" where it is no finding."""
        for one in () if self.images else self._found(reports):
            if _entry(one) == entry:
                return f"{one.id} {self.why_not(one)}."
        return ""

    def _found(self, reports: Mapping[str, ScanReport]) -> Iterable[Vulnerability]:
        (need,) = self.needs()
        return reports[need.key].found


def _entry(one: Vulnerability) -> str:
    return f"{one.id} {one.package}"
