"""How a learner's script judges images that it has not seen: run on the node, on all images in one go."""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ckslab.errors import LabError
from ckslab.evidence import Fact, Need, Unavailable
from ckslab.needs.built_image.store import REGISTRY, names_of_the_graders
from ckslab.needs.image_gate.run import Problem, Run, run_script

if TYPE_CHECKING:
    from ckslab.needs.sources import Sources


@dataclass(frozen=True, slots=True)
class Probe:
    """An image that the script has not seen. image: as an author describes it (`ImageDocument`, in JSON). called:
    the name of its archive, or the path of a file of the node over which it lies meanwhile.
    """

    image: str
    called: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """The script cannot be run at all. problem: it is absent, a folder, or has a mode that lets nobody run it."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class GateNeed(Need[Run | NotRun]):
    """The script at `path` run as root with an archive as its only argument, within the bounds of a run."""

    live: ClassVar[bool] = True
    path: str
    probe: Probe

    def words(self) -> str:
        """What is asked."""
        return f"how {self.path} judges an image"

    def paths(self) -> Iterable[str]:
        """The script."""
        return (self.path,)

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Run each script on all its images, in an order that the lab's seed draws, one script after another."""
        lab = sources.lab.lab_fact()
        seed = secrets.token_hex(4) if isinstance(lab, Unavailable) else f"{lab.nonce}/{lab.seed}"
        found: dict[Self, Fact] = {}
        for path in sorted({need.path for need in needs}):
            asked = sorted((need for need in needs if need.path == path), key=lambda need: repr(need.probe))
            sources.progress.step(f"running {path}")
            try:
                found |= _of_one(path, asked, sources, random.Random(f"{seed}/{path}"))  # noqa: S311 - no secret
            except LabError as error:
                found |= dict.fromkeys(asked, Unavailable(error.message))
        return found


def _of_one(path: str, needs: Sequence[GateNeed], sources: Sources, chance: random.Random) -> dict[Any, Fact]:
    from ckslab.cluster.lab_images.as_written import written_archive

    order = chance.sample(needs, len(needs))
    # one name for all: what is told of an image by its name, or by its path, is told of another one
    reference = f"{REGISTRY}/{_word(chance)}:{secrets.token_hex(4)}"
    folder = f"/tmp/{_word(chance)}"  # noqa: S108 - in a mount namespace of its own
    images = [(need.probe.called, written_archive(need.probe.image, reference)) for need in order]
    with names_of_the_graders(sources.node) as given:
        given.append(reference)  # a script may import what it scans
        runs = run_script(sources.node, path, folder, images)
    if isinstance(runs, str):
        return dict.fromkeys(order, NotRun(runs))
    return dict(zip(order, runs, strict=True))


def _word(chance: random.Random) -> str:
    return f"{chance.choice(('build', 'job', 'pipeline', 'runner'))}-{chance.randrange(1000, 10000)}"
