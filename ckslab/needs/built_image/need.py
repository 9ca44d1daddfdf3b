"""What the learner's Dockerfile makes: built once for all checks, looked into, run, and removed again."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ckslab.errors import LabError
from ckslab.evidence import Fact, Need, Unavailable
from ckslab.image_tree.image import ImageTree, TooLarge, Unreadable
from ckslab.image_tree.look import Account, account
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.needs.built_image.pod import PodRun, Rule, run_as_pod
from ckslab.needs.built_image.store import (
    Built,
    NotToldByBuild,
    Variation,
    build,
    look_into,
    names_of_the_graders,
)

if TYPE_CHECKING:
    from ckslab.needs.sources import Sources

SIDE_BY_SIDE = 2
"""Builds beside the first one: BuildKit does once what two of them have alike."""


@dataclass(frozen=True, slots=True)
class Looked:
    """An image. image: what it is, or problem: why it cannot be looked into. absent: the store has no such name.
    too_large: that is why.
    """

    image: ImageTree | None = None
    problem: str = ""
    absent: bool = False
    too_large: bool = False

    @property
    def why(self) -> str:
        """Why there is no image, in words."""
        return "it is not in the store" if self.absent else self.problem


@dataclass(frozen=True, slots=True)
class Later:
    """What a Dockerfile makes on a later day. refused, unpinned: as in `store.Built`."""

    refused: str = ""
    built: Looked = field(default_factory=Looked)
    unpinned: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltImageFact:
    """refused: BuildKit's last words where the Dockerfile does not build, "" where it does. built: what it makes.

    tagged: the image of the name that was asked for. again: where its files are others, what the Dockerfile makes
    without BuildKit's cache: which of its files are others each time. run: how the built image ran; token: what was
    put in the place of the text that varies, "" where none does; varied: the image with it. later: what it makes
    when the repository has newer packages, too.
    """

    refused: str
    built: Looked
    tagged: Looked | None = None
    run: PodRun | None = None
    token: str = ""
    varied: Looked | None = None
    again: Looked | None = None
    later: Later | None = None


@dataclass(frozen=True, slots=True)
class BuiltImageNeed(Need[BuiltImageFact]):
    """The Dockerfile at `path`, its folder being the context. tag: an image of the store, too. rules: it runs as a
    Pod under these, None for no run; stays: it does not end by itself. varied: a file beside the Dockerfile, in
    which the text is another one in the image that runs. compiled: that image is looked into, too. later: it is
    built once more with newer packages.
    """

    live: ClassVar[bool] = True
    path: str
    tag: str = ""
    rules: tuple[Rule, ...] | None = None
    stays: bool = False
    varied: str = ""
    text: str = ""
    compiled: bool = False
    later: bool = False

    def words(self) -> str:
        """What is asked."""
        return f"which image {self.path} makes"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Build each Dockerfile once, one after another."""
        lab = sources.lab.lab_fact()
        nonce = secrets.token_hex(4) if isinstance(lab, Unavailable) else lab.nonce
        found: dict[Self, Fact] = {}
        for path in sorted({need.path for need in needs}):
            asked = [need for need in needs if need.path == path]
            sources.progress.step(f"building {path}")
            try:
                with names_of_the_graders(sources.node) as given:
                    found |= _of_one(path, asked, sources, nonce, given)
            except NotToldByBuild as error:
                found |= dict.fromkeys(asked, Unavailable(error.message))
        return found


def _of_one(
    path: str, needs: Sequence[BuiltImageNeed], sources: Sources, nonce: str, given: list[str]
) -> dict[Any, Fact]:
    found: dict[Any, Fact] = {}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as beside:
        varied = {
            need: beside.submit(_varied, need, sources, nonce, given)
            for need in needs
            if need.varied and need.rules is not None
        }
        first = build(sources.node, path, given, nonce)
        # Not before: the Pod waits for the two others, and most of its time for the kubelet.
        asked = any(need.later for need in needs) and not first.refused
        later = beside.submit(_later, path, sources, nonce, given) if asked else None
        built = Looked() if first.refused else _looked(sources, first.name, given, nonce)
        tags = {need.tag: _tagged(sources, _whole(need.tag), given, nonce) for need in needs if need.tag}
        for need in sorted(needs, key=lambda need: need.later):  # what is found out beside is there at the end
            fact = BuiltImageFact(first.refused, built, tags.get(need.tag))
            try:
                if need.later and later:
                    fact = replace(fact, later=later.result())
                other = varied[need].result() if need in varied and not first.refused else None
                found[need] = (
                    fact
                    if first.refused
                    else _further(fact, need, first.name, other, sources, nonce, given, beside)
                )
            except NotToldByBuild as error:
                found[need] = Unavailable(error.message)
    return found


def _later(path: str, sources: Sources, nonce: str, given: list[str]) -> Later:
    done = build(sources.node, path, given, nonce, later=True)
    looked = Looked() if done.refused else _looked(sources, done.name, given, nonce)
    return Later(done.refused, looked, done.unpinned)


def _varied(need: BuiltImageNeed, sources: Sources, nonce: str, given: list[str]) -> tuple[str, Built]:
    """What was put in the place of the text that varies, and the build with it."""
    token = secrets.token_hex(max(4, len(need.text) // 2))
    return token, build(sources.node, need.path, given, nonce, Variation(need.varied, need.text, token))


def _further(
    fact: BuiltImageFact,
    need: BuiltImageNeed,
    image: str,
    varied: tuple[str, Built] | None,
    sources: Sources,
    nonce: str,
    given: list[str],
    beside: ThreadPoolExecutor,
) -> BuiltImageFact:
    """With what is found out by building it again, and by running it."""
    node = sources.node
    if fact.tagged is not None and _other_files(fact.tagged, fact.built):
        fact = replace(fact, again=_again(need.path, sources, nonce, given))
    if need.rules is None:
        return fact
    if varied is not None:
        token, other = varied
        image, fact = other.name, replace(fact, refused=other.refused, token=token)
        if other.refused:
            return fact
    compiled = varied is not None and need.compiled
    looked = beside.submit(_looked, sources, image, given, nonce) if compiled else None
    sources.progress.step("running the image as a Pod")
    user = account(fact.built.image) if fact.built.image else Account()
    run = run_as_pod(node, sources.api, image, need.rules, stays=need.stays, user=user)
    return replace(fact, run=run, varied=looked.result() if looked else None)


def _other_files(tagged: Looked, built: Looked) -> bool:
    """Whether files alone tell them apart, and not how they run."""
    one, other = tagged.image, built.image
    return bool(one and other and not one.config.differences(other.config) and one.differences(other))


def _again(path: str, sources: Sources, nonce: str, given: list[str]) -> Looked:
    try:
        again = build(sources.node, path, given, nonce, cached=False)
    except NotToldByBuild as error:
        return Looked(problem=error.message)
    return Looked(problem=again.refused) if again.refused else _looked(sources, again.name, given, nonce)


def _tagged(sources: Sources, name: str, given: list[str], nonce: str) -> Looked:
    from ckslab.cluster.node.image_names import stored_names

    return _looked(sources, name, given, nonce) if name in stored_names(sources.node) else Looked(absent=True)


def _looked(sources: Sources, name: str, given: list[str], nonce: str) -> Looked:
    try:
        return Looked(look_into(sources.node, name, given, nonce))
    except Unreadable as error:
        return Looked(problem=error.message, too_large=isinstance(error, TooLarge))
    except LabError as error:
        return Looked(problem=error.message)


def _whole(tag: str) -> str:
    """As the store has it: with registry and tag."""
    parsed = parse_image_reference(tag)
    return f"{parsed.registry}/{parsed.repository}:{parsed.tag or 'latest'}" if parsed else tag
