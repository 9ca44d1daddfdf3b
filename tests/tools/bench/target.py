"""What a figure should be at most, and by how much it misses."""

from __future__ import annotations

from dataclasses import dataclass

from tests.tools.bench.series import Series


@dataclass(frozen=True, slots=True)
class Target:
    """A limit for a series' median. why: how the limit comes about ("": it is given). ratio_to: shown beside it."""

    series: Series
    limit: float
    why: str
    ratio_to: Series | None = None

    @property
    def missed(self) -> float:
        """By how much the median is above the limit; 0 where it is held."""
        return max(0.0, self.series.typical - self.limit)

    def cells(self) -> list[str]:
        """The figure, its target, the ratio, and the verdict."""
        shown = self.series.shown
        typical = self.series.typical
        ratio = f"{typical / self.ratio_to.typical:.2f}" if self.ratio_to else ""
        verdict = "held"
        if self.missed:
            verdict = f"missed by {shown(self.missed)} ({self.missed / self.limit:.0%})"
        at_most = f"{self.why} = {shown(self.limit)}" if self.why else shown(self.limit)
        return [self.series.what, shown(typical), at_most, ratio, verdict]
