"""A lab that is left open as an answer of its scenario left it: for authors who want to look."""

from __future__ import annotations

from ckslab.errors import UsageError, nearest
from ckslab.lab import backends, catalogue
from ckslab.lab.life.start import Started, Wanted, begin, new_record
from ckslab.lab.model import Lab
from ckslab.lab.verify.jobs import UNTOUCHED
from ckslab.progress import Progress
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import SOLUTION
from ckslab.store.record import FILE


def try_answer(wanted: Wanted, answer: str, progress: Progress) -> Started:
    """Make a lab (called `try` unless named) and play `answer` in it; it stays until it is stopped.

    UsageError: there is no such answer, or the lab is there already.
    """
    scenario = catalogue.load_scenario(wanted.scenario, wanted.roots)
    known = (UNTOUCHED, SOLUTION, *load_answers(scenario).answers)
    if answer not in known:
        raise UsageError(
            f"{scenario.id} has no answer {answer!r}{nearest(answer, known)}", advice=" · ".join(known)
        )
    with Lab(wanted.name or "try").hold("ckslab author try") as lab:
        if (lab.folder / FILE).exists():
            advice = f"ckslab stop {lab.name} · or give another --name"
            raise UsageError(f"there is a lab {lab.name} already", advice=advice)
        choice = backends.choose(wanted.cluster, scenario, wanted.node_image)
        lab = Lab.begin(new_record(lab.name, scenario, choice.backend.name, wanted))
        lab.backend = choice.backend
        begin(lab, progress, () if answer == UNTOUCHED else lab.answer_steps(answer))
        lab.keep(lab.attempt.revealed())  # its grades are no learner's own: in the history the solution was shown
        return Started(lab, False, choice.why)
