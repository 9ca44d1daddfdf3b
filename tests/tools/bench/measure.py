"""The run: everything that is set in relation is measured in turns, so that a busy moment hits all alike."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.kind.backend import KindBackend
from ckslab.cluster.local import node_folder
from ckslab.cluster.local.namespace import idmap
from ckslab.errors import CkslabError
from ckslab.store.history.index import INDEX
from ckslab.store.home import home as own_home
from tests.tools.bench.command import Commands
from tests.tools.bench.lab import RunningLab
from tests.tools.bench.limit import Limit
from tests.tools.bench.long_history import long_history
from tests.tools.bench.memory import memory
from tests.tools.bench.moments import Moments, now
from tests.tools.bench.series import Series

SCENARIO = "ipw-complete"
WITH_GATEKEEPER = "k8strustedimages"


@dataclass(frozen=True, slots=True)
class Plan:
    """How often. quick: commands without a cluster. idle: seconds before memory is looked at."""

    runs: int
    quick: int
    cold: int
    edits: int
    idle: int


@dataclass(slots=True)
class Figures:
    """All that was measured."""

    limit: Series = field(default_factory=lambda: Series("limit: etcd + kube-apiserver alone, empty data"))
    limit_again: Series = field(default_factory=lambda: Series("the same two, on data from an earlier start"))
    cold: Series = field(default_factory=lambda: Series("start, making the node template"))
    warm: Series = field(default_factory=lambda: Series("start, warm"))
    reset: Series = field(default_factory=lambda: Series("reset"))
    stop: Series = field(default_factory=lambda: Series("stop"))
    edit: Series = field(default_factory=lambda: Series("edit to ready"))
    live: Series = field(default_factory=lambda: Series("grade, live probes, settled"))
    files: Series = field(default_factory=lambda: Series("grade --files"))
    help_text: Series = field(default_factory=lambda: Series("--help"))
    listing: Series = field(default_factory=lambda: Series("list"))
    long_listing: Series = field(default_factory=lambda: Series("list, with 10,000 gradings on record"))
    long_progress: Series = field(default_factory=lambda: Series("progress, with 10,000 gradings on record"))
    long_first: Series = field(default_factory=lambda: Series("the same, when they have to be summed up anew"))
    empty_long: Series = field(default_factory=lambda: Series("an empty typer app, in turns with them"))
    empty: Series = field(default_factory=lambda: Series("an empty typer app"))
    empty_then: Series = field(default_factory=lambda: Series("an empty typer app, in turns with grade --files"))
    empty_help: Series = field(default_factory=lambda: Series("an empty typer app, --help"))
    with_gatekeeper: Series = field(default_factory=lambda: Series("start with Gatekeeper, warm"))
    gatekeeper: Series = field(default_factory=lambda: Series("Gatekeeper alone, on a running lab"))
    matrix: Series = field(default_factory=lambda: Series("40 objects tried with a policy"))
    memory: Series = field(default_factory=lambda: Series("memory of a lab", "MB"))
    programs: Counter[str] = field(default_factory=Counter)
    moments: Moments = field(default_factory=Moments)


def measure(plan: Plan) -> Figures:
    """Measure everything, in a home of its own that is removed at the end."""
    figures = Figures()
    with home_of_our_own() as home:
        commands = Commands(home)
        _without_cluster(commands, figures, plan.quick)
        _long_history(commands, home, figures, plan.quick)
        for turn in turns("cold start", plan.cold):
            if turn:
                _forget_templates(home)
            figures.cold.add(commands.ckslab("start", SCENARIO))
            commands.ckslab("stop", SCENARIO)
        limit = Limit(home / "limit")
        for _ in turns("limit, start, reset, stop", plan.runs):
            first, again = limit.measure()
            figures.limit.add(first)
            figures.limit_again.add(again)
            begin = now()
            figures.warm.add(commands.ckslab("start", SCENARIO))
            figures.moments.add(home / "labs" / SCENARIO, begin)
            figures.reset.add(commands.ckslab("reset", SCENARIO))
            figures.stop.add(commands.ckslab("stop", SCENARIO))
        _one_lab(commands, home, figures, plan)
        _gatekeeper(commands, home, figures, plan)
    return figures


def _without_cluster(commands: Commands, figures: Figures, times: int) -> None:
    for _ in turns("commands without a cluster", times):
        figures.empty.add(commands.empty())
        figures.empty_help.add(commands.empty("--help"))
        figures.help_text.add(commands.ckslab("--help"))
        figures.listing.add(commands.ckslab("list"))


def _long_history(commands: Commands, home: Path, figures: Figures, times: int) -> None:
    with long_history(home):
        for _ in turns("a long history", times):
            (home / INDEX).unlink(missing_ok=True)
            figures.long_first.add(commands.ckslab("progress"))
            figures.empty_long.add(commands.empty())
            figures.long_listing.add(commands.ckslab("list"))
            figures.long_progress.add(commands.ckslab("progress"))


def _one_lab(commands: Commands, home: Path, figures: Figures, plan: Plan) -> None:
    """One lab through its life: idle, solved, graded, edited."""
    commands.ckslab("start", SCENARIO)
    folder = home / "labs" / SCENARIO
    say(f"memory after {plan.idle} s idle")
    time.sleep(plan.idle)
    figures.programs = memory(folder)
    figures.memory.add(sum(figures.programs.values()))
    lab = RunningLab(folder)
    say("playing the solution")
    lab.solve()
    handed_in = home / "handed-in.tar"
    lab.hand_in(handed_in)
    for _ in turns("grade --files", plan.quick):
        figures.empty_then.add(commands.empty())
        # exit code 3: what only a lab knows stays undecided
        figures.files.add(commands.ckslab("grade", "--files", str(handed_in), SCENARIO, codes=(0, 1, 3)))
    for _ in turns("grade, live probes", plan.runs):
        figures.live.add(commands.ckslab("grade", SCENARIO))
    for _ in turns("edit to ready", plan.edits):
        lab.settle()
        figures.edit.add(lab.edit_to_ready())
    commands.ckslab("stop", SCENARIO)


def _gatekeeper(commands: Commands, home: Path, figures: Figures, plan: Plan) -> None:
    commands.ckslab("start", WITH_GATEKEEPER)  # makes its node template
    for _ in turns("Gatekeeper", plan.runs):
        commands.ckslab("stop", WITH_GATEKEEPER)
        figures.with_gatekeeper.add(commands.ckslab("start", WITH_GATEKEEPER))
        lab = RunningLab(home / "labs" / WITH_GATEKEEPER)
        figures.gatekeeper.add(lab.gatekeeper_again())
        lab.solve()
        lab.try_objects(1)  # the policy acts
        figures.matrix.add(lab.try_objects(40))
    commands.ckslab("stop", WITH_GATEKEEPER)


@contextmanager
def home_of_our_own() -> Iterator[Path]:
    """A folder beside the user's own labs, on the same disk; what belongs to other ids is removed by them."""
    home = Path(tempfile.mkdtemp(prefix="b-", dir=own_home()))
    try:
        (home / "cache").mkdir(mode=0o700)
        (home / "cache" / "binaries").symlink_to(binaries.cache_dir())
        yield home
    finally:
        try:
            for folder in (home / "labs").glob("*/"):
                KindBackend().remove(folder)
            for folder in (*(home / "labs").glob("*/"), *(home / "cache" / "node-templates").glob("*/")):
                node_folder.remove_node(folder, idmap.current())
        except CkslabError as error:  # the figures are worth more than a clean disk
            say(f"{home} could not be removed: {error.message} {error.details}")
        shutil.rmtree(home, ignore_errors=True)


def _forget_templates(home: Path) -> None:
    for state in (home / "cache" / "node-templates").glob("*/"):
        node_folder.remove_node(state, idmap.current())


def turns(what: str, times: int) -> Iterator[int]:
    """Say before each turn which one it is."""
    for turn in range(times):
        say(f"{what}, {turn + 1} of {times}")
        yield turn


def say(text: str) -> None:
    """To standard error: progress of a run."""
    sys.stderr.write(f"{text}\n")
