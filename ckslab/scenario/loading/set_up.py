"""The set-up with the content of its files: what is laid on the node, and the objects to apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckslab.errors import nearest
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.kubernetes.yaml.objects import objects_in
from ckslab.kubernetes.yaml.text import YamlProblem
from ckslab.scenario.digest_words import images_in
from ckslab.scenario.document import ScenarioDocument, SetupDocument
from ckslab.scenario.loading.pack import Pack, PackError
from ckslab.scenario.loading.source import Problem, Source
from ckslab.scenario.loading.steps import Placer
from ckslab.scenario.model import Setup, SetupFile
from ckslab.strict import Strict


def read_setup(
    document: ScenarioDocument,
    add_ons: Mapping[str, Strict],
    source: Source,
    pack: Pack,
    problems: list[Problem],
) -> Setup:
    """The set-up, its steps placed; what is wrong with any of it is added to `problems`."""
    said = document.setup
    files = _files(said, source, pack, problems)
    problems += _modes(said, files, source)
    problems += _certificates(document, source)
    problems += _images(said, files, source)
    objects = _objects(said, source, pack, problems)
    problems += _digests(said, objects, source)
    return Setup(
        files=files,
        certificates=said.certificates,
        objects=objects,
        images=said.images,
        steps=Placer(source, pack, problems).steps("setup", said.steps, ("setup", "steps")),
        add_ons=add_ons,
    )


def _files(said: SetupDocument, source: Source, pack: Pack, problems: list[Problem]) -> tuple[SetupFile, ...]:
    found: list[SetupFile] = []
    try:
        for name in () if said.files is None else pack.files(said.files):
            text = pack.text(f"{said.files}/{name}")
            found.append(SetupFile(f"/{name}", text.encode(), int(said.modes.get(f"/{name}", "0644"), 8)))
    except PackError as problem:
        problems.append(source.problem(("setup", "files"), str(problem)))
    return tuple(found)


def _modes(said: SetupDocument, files: tuple[SetupFile, ...], source: Source) -> Iterator[Problem]:
    made = {file.path for file in files} | {one.cert for one in said.certificates}
    made |= {one.key for one in said.certificates if one.key}
    for path in said.modes:
        if path not in made:
            yield source.problem(("setup", "modes", path), f"no file of the set-up is {path}{nearest(path, made)}")


def _certificates(document: ScenarioDocument, source: Source) -> Iterator[Problem]:
    for index, certificate in enumerate(document.setup.certificates):
        name = certificate.service
        if name is not None and name not in document.services:
            at = ("setup", "certificates", index, "ca-of" if certificate.ca_of else "client-of")
            yield source.problem(at, f"no such service {name!r}{nearest(name, document.services)}")


def _images(said: SetupDocument, files: tuple[SetupFile, ...], source: Source) -> Iterator[Problem]:
    """Names that stand for two images in one place, and archives where something else lies."""
    laid = {file.path for file in files} | {one.cert for one in said.certificates}
    seen: set[tuple[str, str | None, str | None]] = set()
    for index, image in enumerate(said.images):
        at = ("setup", "images", index)
        name = str(parse_image_reference(image.name) or image.name).removesuffix(":latest")
        place = (name, image.archive, image.registry)
        if place in seen:
            yield source.problem(at, f"{image.name} is there twice")
        seen.add(place)
        if image.archive in laid:
            yield source.problem((*at, "archive"), f"{image.archive} is a file of the set-up already")


def _digests(said: SetupDocument, objects: tuple[Mapping[str, Any], ...], source: Source) -> Iterator[Problem]:
    """The lab can tell the digests of the images that it lays into the node's store."""
    stored = {image.name for image in said.images if image.archive is None and image.registry is None}
    for name in dict.fromkeys(images_in(list(objects))):
        if name not in stored:
            text = f"digest-of: no image of the set-up in the node's store is {name}{nearest(name, stored)}"
            yield source.problem(("setup", "objects"), text)


def _objects(
    said: SetupDocument, source: Source, pack: Pack, problems: list[Problem]
) -> tuple[Mapping[str, Any], ...]:
    found: list[Mapping[str, Any]] = []
    for index, name in enumerate(said.objects):
        try:
            found += objects_in(pack.text(name))
        except PackError as problem:
            problems.append(source.problem(("setup", "objects", index), str(problem)))
        except YamlProblem as problem:
            problems.append(Problem(str(pack.folder / name), problem.line or 1, problem.reason))
    return tuple(found)
