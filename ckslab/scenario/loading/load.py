"""Loads a scenario: everything that is wrong with it at once, with file and line, or a frozen model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ckslab.errors import UsageError
from ckslab.scenario.document import FaultsDocument, ScenarioDocument
from ckslab.scenario.faults import Fault, Faults
from ckslab.scenario.kinds import CheckTypes, Kinds
from ckslab.scenario.loading.checks import read_check
from ckslab.scenario.loading.pack import Pack, PackError
from ckslab.scenario.loading.set_up import read_setup
from ckslab.scenario.loading.settings import read_add_ons, read_services
from ckslab.scenario.loading.source import Problem, Source, problems_error, read_source
from ckslab.scenario.loading.steps import Placer
from ckslab.scenario.loading.validation import validate
from ckslab.scenario.loading.words import lab_words, open_placeholders
from ckslab.scenario.model import Check, Scenario, Service, Setup
from ckslab.scenario.placeholders import contains, is_nonce
from ckslab.scenario.rules.scenario import (
    check_problems,
    document_problems,
    id_problems,
    image_problems,
    reference_problems,
)
from ckslab.scenario.task import sentences, shown
from ckslab.strict import Strict

AFTER = "after.md"


def load(folder: Path, kinds: Kinds, *, nonce: str | None = None, seed: int | None = 0) -> Scenario:
    """The scenario in `folder`; `${nonce}` and what the seed draws are filled in where a nonce is given.

    kinds: what its checks, services and add-ons may be: their own models validate what stands below them.
    seed: None where a lab's seed does not tell what it has drawn.
    Raises ScenarioError that names every problem as `file:line: message`.
    """
    if nonce is not None and not is_nonce(nonce):
        raise UsageError(f"not a nonce: {nonce!r}", advice="A nonce has 4 to 32 characters, a-z and 0-9.")
    author = read_source(Pack(folder), "scenario.yaml")
    words = lab_words(author, nonce, seed)
    pack, source = Pack(folder, words), author.filled(words)
    document, problems = validate(ScenarioDocument, source.value, source)
    parts = _parts(source, pack, kinds, problems)
    if document is None:
        raise problems_error(problems)
    setup = read_setup(document, parts.add_ons, source, pack, problems)
    faults = _faults(document.faults, Placer(source, pack, problems), source)
    problems += document_problems(document, source, folder)
    problems += image_problems(kinds, parts.services, document, source)
    if len(parts.checks) == len(document.checks):
        problems += check_problems(parts.checks, kinds, parts.services, document, source)
    if problems:
        raise problems_error(problems)
    made = _scenario(document, parts, setup, faults, pack, _requires(document, kinds))
    return replace(made, nonce=nonce, checks=_waiting(made.checks, open_placeholders(document.draws, words)))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What can be read whether or not the document as a whole is right."""

    services: dict[str, Service]
    add_ons: dict[str, Strict]
    checks: list[Check]
    task: str
    after: str
    digest: str


def _parts(source: Source, pack: Pack, kinds: Kinds, problems: list[Problem]) -> _Parts:
    return _Parts(
        services=read_services(source, kinds.services, problems),
        add_ons=read_add_ons(source, kinds.add_ons, problems),
        checks=_checks(source, kinds.checks, problems),
        task=_task(pack, problems),
        after=_after(pack, problems),
        digest=_digest(pack, problems),
    )


def _scenario(
    document: ScenarioDocument,
    parts: _Parts,
    setup: Setup,
    faults: Faults | None,
    pack: Pack,
    requires: tuple[str, ...],
) -> Scenario:
    return Scenario(
        id=document.id,
        title=document.title,
        topic=document.topic,
        difficulty=document.difficulty,
        minutes=document.minutes,
        requires=requires,
        services=parts.services,
        setup=setup,
        checks=tuple(parts.checks),
        faults=faults,
        task=shown(parts.task),
        sentences=sentences(parts.task),
        folder=pack.folder,
        words=pack.words,
        pools=document.draws,
        bullet=document.bullet or "",
        after=shown(parts.after),
        digest=parts.digest,
    )


def _waiting(checks: Sequence[Check], open_: Sequence[str]) -> tuple[Check, ...]:
    """The checks, each with the placeholders in its parameters that are not filled in."""
    if not open_:
        return tuple(checks)
    given = [(check, check.params.model_dump()) for check in checks]
    return tuple(
        replace(check, waits_for=tuple(word for word in open_ if contains(params, word))) for check, params in given
    )


def _requires(document: ScenarioDocument, kinds: Kinds) -> tuple[str, ...]:
    """What it asks for itself, and what its add-ons ask for."""
    more = sorted(need for name in document.setup.add_ons for need in kinds.add_ons[name].requires)
    return tuple(dict.fromkeys((*document.requires, *more)))


def _checks(source: Source, types: CheckTypes, problems: list[Problem]) -> list[Check]:
    entries = source.value.get("checks")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return []
    found: list[Check] = []
    for index in range(len(entries)):
        check, wrong = read_check(source, index, types)
        problems += wrong
        found += [check] if check is not None else []
    problems += id_problems(source)
    problems += reference_problems(source)
    return found


def _task(pack: Pack, problems: list[Problem]) -> str:
    place = str(pack.folder / "task.md")
    try:
        text = pack.text("task.md")
    except PackError as problem:
        problems.append(Problem(place, 1, str(problem)))
        return ""
    if not shown(text).strip():
        problems.append(Problem(place, 1, "says nothing: write what the learner is to reach"))
    return text


def _after(pack: Pack, problems: list[Problem]) -> str:
    """after.md; "" where there is none, which lint finds."""
    if not (pack.folder / AFTER).exists():
        return ""
    try:
        return pack.text(AFTER)
    except PackError as problem:
        problems.append(Problem(str(pack.folder / AFTER), 1, str(problem)))
        return ""


def _digest(pack: Pack, problems: list[Problem]) -> str:
    try:
        return pack.digest()
    except PackError as problem:
        problems.append(Problem(str(pack.folder / "scenario.yaml"), 1, str(problem)))
        return ""


def _faults(document: FaultsDocument | None, placer: Placer, source: Source) -> Faults | None:
    if document is None:
        return None
    choices = []
    for index, fault in enumerate(document.choices):
        at = ("faults", "choices", index)
        choices.append(
            Fault(
                id=fault.id,
                steps=placer.steps(f"{fault.id} steps", fault.steps, (*at, "steps")),
                repair=placer.steps(f"{fault.id} repair", fault.repair, (*at, "repair")),
                signatures=fault.signatures,
                example=fault.example,
                not_with=fault.not_with,
                line=source.line(*at),
            )
        )
    return Faults(document.draw, tuple(choices))
