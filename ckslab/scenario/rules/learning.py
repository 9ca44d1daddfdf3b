"""What a learner needs around the task: the bullet of the curriculum that it trains, what is to be taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ckslab.curriculum import BULLET_IDS
from ckslab.scenario.loading.load import AFTER
from ckslab.scenario.loading.source import Problem
from ckslab.scenario.model import Scenario

FEWEST, MOST = 60, 300
"""Words of after.md: it is read at once, after the work."""

_LINK = re.compile(r"\]\(https://kubernetes\.io/[^)\s]+\)")
_WORD = re.compile(r"\w[\w'/.-]*")


def bullet_problems(scenario: Scenario) -> Iterator[Problem]:
    """A bullet that is missing."""
    if not scenario.bullet:
        names = ", ".join(BULLET_IDS)
        yield Problem(
            str(scenario.folder / "scenario.yaml"), 1, f"say which bullet it trains, as `bullet: ID`: {names}"
        )


def after_problems(scenario: Scenario) -> Iterator[Problem]:
    """after.md that is missing, too short or long, or leads nowhere to read on."""
    file = str(scenario.folder / AFTER)
    if not scenario.after.strip():
        yield Problem(
            file, 1, "write what the learner should take away: why it matters, how it is done in production"
        )
        return
    if unfilled := re.search(r"\$\{[^}]*\}", scenario.after):
        yield Problem(file, 1, f"has {unfilled[0]}: it is read without a lab, and is the same for all")
    words = len(_WORD.findall(re.sub(r"\]\([^)]*\)", "]", scenario.after)))
    if not FEWEST <= words <= MOST:
        yield Problem(file, 1, f"has {words} words: between {FEWEST} and {MOST} are read at once")
    if not _LINK.search(scenario.after):
        yield Problem(file, 1, "has no link to kubernetes.io: name the page that one may open in the exam")
