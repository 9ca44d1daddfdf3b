"""What a learner can practise, as the README's table: made from the scenarios of the tree.

`python -m tests.tools.scenario_table` writes it; a test holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ckslab.curriculum import BULLET_IDS
from ckslab.lab.catalogue import load_folder
from ckslab.scenario.document import TOPICS
from ckslab.scenario.find import find_scenarios

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BEGIN, END = "<!-- scenarios: made by tests.tools.scenario_table -->\n", "<!-- end of scenarios -->\n"
LEVELS = ("easy", "medium", "hard")


def table() -> str:
    """The table with a row for each scenario, by bullet, topic and level."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield "| trains | topic | scenario | level | minutes | what you do |"
    yield "|---|---|---|---|---|---|"
    scenarios = [load_folder(folder) for folder in find_scenarios([ROOT / "scenarios"]).values()]
    for one in sorted(
        scenarios,
        key=lambda it: (BULLET_IDS.index(it.bullet), TOPICS.index(it.topic), LEVELS.index(it.difficulty), it.id),
    ):
        yield f"| {one.bullet} | {one.topic} | `{one.id}` | {one.difficulty} | {one.minutes} | {one.title} |"


def written(text: str) -> str:
    """The page with the table as it is now."""
    pattern = re.compile(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", re.DOTALL)
    return pattern.sub(lambda _: table(), text)


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
