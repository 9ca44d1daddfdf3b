"""The image that the learner's Dockerfile makes: the grader builds it, looks into it, and runs it as a Pod."""

from ckslab.needs.built_image.need import BuiltImageFact, BuiltImageNeed, Later, Looked
from ckslab.needs.built_image.pod import PodRun

__all__ = ["BuiltImageFact", "BuiltImageNeed", "Later", "Looked", "PodRun"]
