"""What `author verify` plays: every answer of a scenario, with the faults it can be drawn with."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from ckslab.errors import UsageError
from ckslab.lab import catalogue
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import SOLUTION, Answers
from ckslab.scenario.faults import Fault, compatible
from ckslab.scenario.model import Scenario

UNTOUCHED = "untouched"
NONCE = "kv7m3q"
PAIRS = 4
"""Pairs of faults that are played beside each fault alone, drawn by a fixed seed."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to play: an answer, in a lab with these faults, for the n-th time.

    seed: of the lab; it draws the words that are filled in, and not the faults.
    """

    scenario: Scenario
    answers: Answers
    answer: str
    faults: tuple[Fault, ...]
    turn: int
    seed: int = 0

    @property
    def label(self) -> str:
        """The answer's name, with the faults where there are any."""
        drawn = [fault.id for fault in self.faults] + ([f"seed {self.seed}"] if self.scenario.draws else [])
        return f"{self.answer} [{' + '.join(drawn)}]" if drawn else self.answer

    @property
    def key(self) -> tuple[str, str, int]:
        """Which of all jobs: scenario, label, turn."""
        return (self.scenario.id, self.label, self.turn)


def plan_jobs(ids: Sequence[str], roots: Sequence[Path], only: Collection[str] = (), repeat: int = 1) -> list[Job]:
    """What there is to play in these scenarios, in all of them where `ids` is empty.

    only: of all answers these, where any are named. UsageError where there is nothing, or no answer of a name.
    """
    planned = [job for name in ids or catalogue.scenario_ids(roots) for job in _jobs(name, roots, only, repeat)]
    has = {job.answer for job in planned}
    if unknown := next((name for name in only if name not in has), None):
        raise UsageError(f"no scenario has an answer {unknown!r}")
    if not planned:
        raise UsageError("there is nothing to play")
    return planned


def _jobs(name: str, roots: Sequence[Path], only: Collection[str], repeat: int) -> Iterator[Job]:
    scenario = catalogue.load_scenario(name, roots, NONCE)
    answers = load_answers(scenario)
    names = (UNTOUCHED, SOLUTION, *answers.answers)
    for turn in range(repeat):
        for number, answer in enumerate(names):
            if not only or answer in only:
                # Where words are drawn each answer meets others, and others again when it is played again.
                seed = turn * len(names) + number if scenario.draws else 0
                made = catalogue.load_scenario(name, roots, NONCE, seed) if seed else scenario
                for faults in _draws(scenario, answers, answer):
                    yield Job(made, load_answers(made) if seed else answers, answer, faults, turn, seed)


def _draws(scenario: Scenario, answers: Answers, answer: str) -> list[tuple[Fault, ...]]:
    """The faults an answer is played with: each alone and a sample of pairs; a wrong answer with a few."""
    if scenario.faults is None:
        return [()]
    choices = scenario.faults.choices
    pairs = [pair for pair in combinations(choices, 2) if compatible(*pair)]
    sample = random.Random(0).sample(pairs, min(PAIRS, len(pairs)))  # noqa: S311
    singles: list[tuple[Fault, ...]] = [(fault,) for fault in choices]
    if answer in (UNTOUCHED, SOLUTION):
        return [*singles, *sample]
    meant = answers.answer(answer)
    fitting = [drawn for drawn in [*sample, *singles] if meant.applies(drawn)]
    return fitting[:3] if not meant.repairs else fitting[:1]
