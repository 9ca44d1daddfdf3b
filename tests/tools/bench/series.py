"""Several measurements of one thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median


@dataclass(slots=True)
class Series:
    """What was measured, in seconds or megabytes, and every value in its order."""

    what: str
    unit: str = "s"
    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        """One more run."""
        self.values.append(value)

    @property
    def typical(self) -> float:
        """The median; what targets are held against."""
        return median(self.values)

    def shown(self, value: float) -> str:
        """A value as the page shows it."""
        return f"{value:.0f} {self.unit}" if self.unit != "s" else f"{value:.2f} s"

    def cells(self) -> list[str]:
        """Number of runs, minimum, median, maximum."""
        points = (min(self.values), self.typical, max(self.values))
        return [str(len(self.values)), *(self.shown(point) for point in points)]
