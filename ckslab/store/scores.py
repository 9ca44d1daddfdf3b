"""scores.json: the best score of each scenario, kept when its labs are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ckslab.errors import LabError
from ckslab.store.disk import read_json, write_json
from ckslab.store.home import home
from ckslab.store.lock import locked

FILE = "scores.json"


@dataclass(frozen=True, slots=True)
class BestScore:
    """The best grading of a scenario. at: RFC 3339 in UTC."""

    score: int
    max: int
    at: str
    hints_used: int = 0
    solution_shown: bool = False

    def beats(self, other: BestScore) -> bool:
        """More of the points; or as many without the solution, or with fewer hints."""
        return self._rank() > other._rank()

    def _rank(self) -> tuple[float, bool, int]:
        return (self.score / self.max if self.max else 0.0, not self.solution_shown, -self.hints_used)


def best_scores() -> dict[str, BestScore]:
    """By scenario id; empty before anything was graded. LabError: the file is damaged."""
    return _read(home() / FILE)


def keep_best(scenario: str, score: BestScore) -> None:
    """Keep `score` where it beats what is kept. Safe when several labs are graded at once."""
    path = home() / FILE
    with locked("scores", what=f"{path}", wait=10.0):
        kept = _read(path)
        if scenario in kept and not score.beats(kept[scenario]):
            return
        kept[scenario] = score
        write_json(path, {"format": 1, "best": {name: asdict(one) for name, one in sorted(kept.items())}})


def _read(path: Path) -> dict[str, BestScore]:
    way_out = f"remove {path}: only best scores are lost"
    try:
        content = read_json(path, way_out=way_out)
    except FileNotFoundError:
        return {}
    try:
        return {str(name): _score(one) for name, one in content["best"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LabError(f"{path}: not a table of scores ({error})", advice=way_out) from error


def _score(one: Mapping[str, Any]) -> BestScore:
    return BestScore(
        int(one["score"]),
        int(one["max"]),
        str(one["at"]),
        int(one["hints_used"]),
        bool(one["solution_shown"]),
    )
