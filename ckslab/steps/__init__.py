"""Plays the steps of answers and faults: on a node's files, and on a running cluster."""

from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import SOLUTION, Answer, Answers, answer_steps
from ckslab.steps.live import Live
from ckslab.steps.play import needs_live, play, split

__all__ = [
    "SOLUTION",
    "Answer",
    "Answers",
    "Live",
    "answer_steps",
    "load_answers",
    "needs_live",
    "play",
    "split",
]
