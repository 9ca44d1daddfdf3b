"""Which findings of a scan are meant: by severity, by id, and whether there is a fix; as an author writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from ckslab.scanning.report import Severity, Vulnerability
from ckslab.strict import Flag, Strict

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9:_.${}-]{1,60}$")]


class Selection(Strict):
    """severities: these alone (all unless given). ids: these alone. fixed: only what is fixed in a version."""

    severities: tuple[Severity, ...] = ()
    ids: tuple[Id, ...] = ()
    fixed: Flag = False

    def takes(self, one: Vulnerability) -> bool:
        """Whether it is meant."""
        return not self.why_not(one)

    def why_not(self, one: Vulnerability) -> str:
        """Why a finding is not meant, in words that follow its id; "" where it is."""
        if self.severities and one.severity not in self.severities:
            return f"is {one.severity}"
        if self.ids and one.id not in self.ids:
            return "is not asked for"
        if self.fixed and not one.fixed:
            return "has no fix"
        return ""

    def of(self, found: Iterable[Vulnerability]) -> frozenset[Vulnerability]:
        """Those that are meant."""
        return frozenset(one for one in found if self.takes(one))
