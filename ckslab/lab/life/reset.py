"""Reset a lab."""

from __future__ import annotations

from ckslab.lab.life.start import begin
from ckslab.lab.model import Lab
from ckslab.lab.of_exam import refuse_in_exam
from ckslab.progress import Progress


def reset_lab(lab: Lab, progress: Progress) -> None:
    """Make the lab as it was at its start; a new attempt begins."""
    with lab.hold("ckslab reset") as held:
        refuse_in_exam(held, "reset")
        held.backend.state(held.folder)  # an engine that does not answer is found out before anything is lost
        begin(held, progress)
