"""What is to be taken away from a scenario: why it matters, how it is done in production, what to read."""

from __future__ import annotations

from ckslab.errors import CkslabError, UsageError
from ckslab.lab.model import Lab
from ckslab.scenario.model import Scenario


def explain(scenario: Scenario) -> str:
    """Markdown. UsageError where its author wrote nothing.

    It may be read before the work, too: it names goals and reasons, never a step of the answer.
    """
    if not scenario.after.strip():
        raise UsageError(f"the author of {scenario.id} wrote nothing on what to take away")
    return f"# {scenario.title}\n\n{scenario.after.strip()}\n"


def take_away(lab: Lab) -> str:
    """The first paragraph for the lab's scenario, on one line; "" where there is none.

    A report that was made is shown: a scenario that is gone since then must not keep it from the learner.
    """
    try:
        scenario = lab.scenario
    except CkslabError:
        return ""
    return " ".join(scenario.after.strip().partition("\n\n")[0].split())
