"""A learner's script that lets images pass or stops them, run on the node on images that it has not seen."""

from ckslab.needs.image_gate.need import GateNeed, NotRun, Probe
from ckslab.needs.image_gate.run import PROCESSOR_SECONDS, SECONDS, SLOW, Run

__all__ = ["PROCESSOR_SECONDS", "SECONDS", "SLOW", "GateNeed", "NotRun", "Probe", "Run"]
