"""The model of a scenario as loaded: frozen, with every step and check in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ckslab.evidence import Params
from ckslab.scenario.actions import Step
from ckslab.scenario.document import Certificate, Difficulty
from ckslab.scenario.draws import Draw
from ckslab.scenario.faults import Faults
from ckslab.scenario.image_document import ImageDocument
from ckslab.scenario.task import Sentence
from ckslab.strict import Strict


@dataclass(frozen=True, slots=True)
class Check:
    """One gradable statement.

    type is a check type's name and params its validated parameters. after: ids whose failure makes this
    check pointless (it waits). guard: it protects what was right from the start, and earns only if the
    checks `with_` pass too. hints: from vague to explicit. waits_for: placeholders in its parameters that only a
    lab can fill in, and none did. line: in scenario.yaml.
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
    waits_for: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the lab: the name of its kind, and its settings as the kind's model has them."""

    kind: str
    settings: Strict


@dataclass(frozen=True, slots=True)
class SetupFile:
    """A file to lay on the node before it boots."""

    path: str
    data: bytes
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Setup:
    """What lies on the node before the learner comes: see `ckslab.scenario.document.SetupDocument`.

    files, objects: with their content. add_ons: by name, the settings as the add-on's model has them.
    """

    files: tuple[SetupFile, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    objects: tuple[Mapping[str, Any], ...] = ()
    images: tuple[ImageDocument, ...] = ()
    steps: tuple[Step, ...] = ()
    add_ons: Mapping[str, Strict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as loaded: content with its placeholders filled in where a lab's nonce was given.

    requires: capabilities of a backend, those of the add-ons among them. folder holds scenario.yaml,
    task.md, setup/, answers.yaml. faults: the pool, if there is one. task: as the learner reads it; sentences: of
    its source, with the author's marks. words: what was filled in, by placeholder. pools: of which a seed draws
    some of them. bullet: of the curriculum, "" where it names none. after: what is to be taken away from it, as
    Markdown, "" where its author wrote nothing. digest: of the author's files (`loading.pack.Pack.digest`).
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
    sentences: tuple[Sentence, ...] = ()
    nonce: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    pools: tuple[Draw, ...] = ()
    bullet: str = ""
    after: str = ""
    digest: str = ""

    @property
    def draws(self) -> bool:
        """Whether a seed draws words of it."""
        return bool(self.pools)

    @property
    def seeded(self) -> bool:
        """Whether the seed makes a lab of it unlike another."""
        return self.draws or self.faults is not None

    @property
    def max_points(self) -> int:
        """The sum of all checks' points (100 by lint)."""
        return sum(check.points for check in self.checks)
