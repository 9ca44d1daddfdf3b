"""What holds between the parts of scenario.yaml: names exist, points add up, nothing waits for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ckslab.errors import nearest
from ckslab.scenario.document import ScenarioDocument
from ckslab.scenario.draws import placeholders_of
from ckslab.scenario.faults import dead_end
from ckslab.scenario.kinds import CheckTypes, Kinds
from ckslab.scenario.loading.source import Problem, Source
from ckslab.scenario.model import Check, Service
from ckslab.scenario.placeholders import NONCE, unknown_placeholders

FULL_MARKS = 100


def document_problems(document: ScenarioDocument, source: Source, folder: Path) -> Iterator[Problem]:
    """What is wrong beside the checks."""
    real = folder.resolve().name
    if document.id != real:
        yield source.problem(("id",), f"id {document.id!r} is not the name of its folder, {real!r}")
    yield from _faults(document, source)


def id_problems(source: Source) -> Iterator[Problem]:
    """Checks whose id came before, told from the text so that a broken check hides none."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(source.value["checks"]):
        name = entry.get("id")
        if isinstance(name, str) and name in seen:
            yield source.problem(("checks", index, "id"), f"check id {name!r} is already used in line {seen[name]}")
        elif isinstance(name, str):
            seen[name] = source.line("checks", index, "id")


def reference_problems(source: Source) -> Iterator[Problem]:
    """Names in `after` and `with` that no check has."""
    entries = source.value["checks"]
    known = {entry["id"] for entry in entries if isinstance(entry.get("id"), str)}
    for index, entry in enumerate(entries):
        for key in ("after", "with"):
            names = entry.get(key)
            for place, name in enumerate(names if isinstance(names, list) else ()):
                if isinstance(name, str) and name not in known:
                    at = ("checks", index, key, place)
                    yield source.problem(at, f"{key} names no check: {name!r}{nearest(name, known)}")


def check_problems(
    checks: Sequence[Check],
    kinds: Kinds,
    services: Mapping[str, Service],
    document: ScenarioDocument,
    source: Source,
) -> Iterator[Problem]:
    """What is wrong between valid checks; services: those that are valid."""
    if found := _circle(checks):
        line = next(check.line for check in checks if check.id == found[0])
        yield Problem(source.file, line, f"checks wait for each other: {' -> '.join(found)}")
    total = sum(check.points for check in checks)
    if total != FULL_MARKS:
        yield source.problem(("checks",), f"the checks' points add up to {total}, not {FULL_MARKS}")
    for check in checks:
        yield from _one_check(check, kinds.checks, document, source)
        yield from _told(check, kinds, services, source)


def image_problems(
    kinds: Kinds, services: Mapping[str, Service], document: ScenarioDocument, source: Source
) -> Iterator[Problem]:
    """Images of the set-up that are for a service which is none or takes no such name; services: the valid ones."""
    for index, image in enumerate(document.setup.images):
        at = ("setup", "images", index, "registry")
        if image.registry is None:
            continue
        if image.registry not in document.services:
            hint = nearest(image.registry, document.services)
            yield source.problem(at, f"no such service {image.registry!r}{hint}")
        elif service := services.get(image.registry):
            begin = kinds.services[service.kind].holds(service.settings)
            if not begin:
                yield source.problem(at, f"{image.registry} is an {service.kind}, which holds no images")
            elif not image.name.startswith(begin):
                yield source.problem(at, f"{image.name} is no name of {image.registry}: it begins with {begin}")


def _one_check(check: Check, types: CheckTypes, document: ScenarioDocument, source: Source) -> Iterator[Problem]:
    if check.guard and not check.with_:
        yield Problem(
            source.file, check.line, f"guard {check.id!r} needs `with`: the checks it earns its points with"
        )
    if check.with_ and not check.guard:
        yield Problem(source.file, check.line, f"`with` belongs to a guard: add `guard: true` to {check.id!r}")
    needs = list(types[check.type].needs(check.params))
    if not needs:
        yield Problem(source.file, check.line, f"check {check.id!r} asserts nothing")
    known = (NONCE, *placeholders_of(document.draws))
    for word in unknown_placeholders(check.params.model_dump(), known):
        yield Problem(source.file, check.line, f"check {check.id!r}: nothing fills in {word}{nearest(word, known)}")
    for name in (name for need in needs for name in need.services()):
        if name not in document.services:
            hint = nearest(name, document.services)
            yield Problem(source.file, check.line, f"check {check.id!r} names no service: {name!r}{hint}")


def _told(check: Check, kinds: Kinds, services: Mapping[str, Service], source: Source) -> Iterator[Problem]:
    """What a check reads of a service whose kind tells no such thing."""
    for need in kinds.checks[check.type].needs(check.params):
        for service in (services[name] for name in need.services() if name in services):
            for value in sorted({*need.values()} - kinds.services[service.kind].values):
                words = f"check {check.id!r} reads the {value} of a service, which a {service.kind} does not have"
                yield Problem(source.file, check.line, words)


def _faults(document: ScenarioDocument, source: Source) -> Iterator[Problem]:
    if document.faults is None:
        return
    choices, draw = document.faults.choices, document.faults.draw
    names = [fault.id for fault in choices]
    for index, fault in enumerate(choices):
        at = ("faults", "choices", index)
        if fault.id == "default":
            yield source.problem((*at, "id"), "'default' is no name for a fault: answers use it as a key")
        if fault.id in names[:index]:
            yield source.problem((*at, "id"), f"fault id {fault.id!r} is used twice")
        for place, other in enumerate(fault.not_with):
            if other not in names or other == fault.id:
                hint = nearest(other, [name for name in names if name != fault.id])
                yield source.problem((*at, "not-with", place), f"names no other fault: {other!r}{hint}")
    stuck = dead_end(choices, draw)
    if stuck is not None:
        beside = f" beside {', '.join(fault.id for fault in stuck)}" if stuck else ""
        yield source.problem(
            ("faults", "draw"), f"{draw} faults cannot always be drawn: too few go together{beside}"
        )


def _circle(checks: Sequence[Check]) -> tuple[str, ...]:
    """Checks that wait for themselves, by `after` and `with`, the first again at the end; () if none does."""
    follows = {check.id: (*check.after, *check.with_) for check in checks}
    done: set[str] = set()
    for first in follows:
        path: list[str] = []
        stack = [(first, 0)]
        while stack:
            name, branch = stack.pop()
            if branch == 0:
                if name in path:
                    return (*path[path.index(name) :], name)
                if name in done:
                    continue
                path.append(name)
            if branch < len(follows.get(name, ())):
                stack += [(name, branch + 1), (follows[name][branch], 0)]
            else:
                path.pop()
                done.add(name)
    return ()
