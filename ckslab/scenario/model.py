"""The model of a scenario as loaded: frozen, with every step and check in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ckslab.evidence import Params
from ckslab.scenario.actions.step import Step
from ckslab.scenario.setup import Certificate
from ckslab.scenario.vocabulary import CAPABILITIES, TOPICS, Capability, Difficulty, Topic
from ckslab.strict import Identifier, NodePath, Strict

__all__ = [
    "CAPABILITIES",
    "TOPICS",
    "Capability",
    "Certificate",
    "Check",
    "Difficulty",
    "Fault",
    "Faults",
    "Identifier",
    "NodePath",
    "Scenario",
    "Service",
    "Setup",
    "Strict",
    "Topic",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the lab: its steps are played after set-up; `repair` undoes them.

    signatures: regular expressions; a line of the API server's or the kubelet's log that matches one names
    this fault. example: such a line, as a learner would copy it (`${cause}` in answers). not_with: ids
    of faults that are never drawn beside this one. line: in scenario.yaml.
    """

    id: str
    steps: tuple[Step, ...]
    repair: tuple[Step, ...]
    signatures: tuple[str, ...]
    example: str
    not_with: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Faults:
    """A pool of faults of which each lab draws `draw` by its seed (see `ckslab.scenario.draw`)."""

    draw: int
    choices: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One gradable statement.

    type is a check type's name and params its validated parameters. after: ids whose failure makes this
    check pointless (it waits). guard: it protects what was right from the start, and earns only if the
    checks `with_` pass too. hints: from vague to explicit. line: in scenario.yaml.
    """

    id: str
    title: str
    points: int
    type: str
    params: Params
    after: tuple[str, ...] = ()
    guard: bool = False
    with_: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the lab: the name of its kind, and its settings as the kind's model has them."""

    kind: str
    settings: Strict


@dataclass(frozen=True, slots=True)
class Setup:
    """What lies on the node before the learner comes: see `ckslab.scenario.setup.SetupDocument`.

    add_ons: by name, the settings as the add-on's model has them.
    """

    files: str | None = None
    modes: Mapping[str, str] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    objects: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    add_ons: Mapping[str, Strict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as loaded: content with `${nonce}` filled in where a lab's nonce was given.

    requires: capabilities of a backend, those of the add-ons among them. folder holds scenario.yaml,
    task.md, setup/, answers.yaml. faults: the pool, if there is one.
    """

    id: str
    title: str
    topic: str
    difficulty: Difficulty
    minutes: int
    requires: tuple[str, ...]
    services: Mapping[str, Service]
    setup: Setup
    checks: tuple[Check, ...]
    faults: Faults | None
    task: str
    folder: Path
    nonce: str | None = None

    @property
    def max_points(self) -> int:
        """The sum of all checks' points (100 by lint)."""
        return sum(check.points for check in self.checks)
