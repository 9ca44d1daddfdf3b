"""What is done with images: a start with the tools, build, run, pull, the grade of every scenario about images, memory.

`python -m tests.tools.bench.images [--runs N] [--idle S]` measures this alone and puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ckslab.lab import catalogue
from tests.tools.bench.command import Commands
from tests.tools.bench.lab import RunningLab
from tests.tools.bench.machine import load
from tests.tools.bench.measure import SCENARIO, home_of_our_own, say, turns
from tests.tools.bench.memory import memory
from tests.tools.bench.page import PAGE, put_section, summary, table
from tests.tools.bench.series import Series
from tests.tools.bench.target import Target

HEAD = "## Images"
BUILDS = "img-multistage"
PULLS = "private-registry"
TOPICS = ("images", "digests", "binaries", "scanning", "registries")
LAB = "try"

_INTRODUCTION = """\
*build*, *run* and *pull* are commands of a learner in `ckslab shell -- ...`, its start included. The build is that of the
two-stage task with nothing kept of a build before; the pull is from the creation of a Pod, whose image only the registry has,
until it is Running. Each grade is that of the scenario's solution on a settled cluster; the first one, which may have to
scan, is not counted.
"""

_PULL = """
kubectl -n {team} run bench --image={image} --image-pull-policy=Always --restart=Never \
  --overrides='{{"spec": {{"serviceAccountName": "{account}"}}}}' >/dev/null
kubectl -n {team} wait --for=jsonpath='{{.status.phase}}'=Running --timeout=60s pod/bench >/dev/null
"""

_FORGET = """
kubectl -n {team} delete pod bench --now --ignore-not-found
kubectl -n {team} scale deployment api --replicas=0
until [ -z "$(kubectl -n {team} get pods -o name)" ]; do sleep 0.2; done
crictl rmi {image} 2>/dev/null || ! crictl inspecti -q {image} 2>/dev/null
"""


class Images:
    """The measurements, and the page's section of them."""

    def __init__(self, commands: Commands, home: Path) -> None:
        self._commands = commands
        self._home = home
        self.plain = Series("start of a plain lab, warm")
        self.start = Series("start with the image tools, warm")
        self.build = Series("docker build, two stages")
        self.run = Series("docker run")
        self.pull = Series("pull to Running")
        self.memory = Series("memory of a lab with the image tools", "MB")
        self.grades: dict[str, Series] = {}

    def measure(self, runs: int, idle: int) -> None:
        """Everything, one lab after the other."""
        self._starts(runs)
        self._builds(runs, idle)
        self._pulls(runs)
        roots = catalogue.scenario_roots()
        for scenario in catalogue.scenario_ids(roots):
            if catalogue.load_scenario(scenario, roots).topic in TOPICS:
                self._grades(scenario, runs)

    def section(self, before: str, idle: int) -> str:
        """The part of the page. before: the load average before the run."""
        slowest = max(self.grades.values(), key=lambda one: one.typical)
        held = [
            Target(self.start, self.plain.typical + 3, "plain start + 3 s", self.plain),
            Target(self.build, 3.0, ""),
            Target(self.run, 1.0, ""),
            Target(self.pull, 3.0, ""),
            Target(slowest, 3.0, ""),
            Target(self.memory, 950, ""),
        ]
        every = [self.plain, self.start, self.build, self.run, self.pull, *self.grades.values(), self.memory]
        parts = [
            HEAD,
            "",
            f"{_INTRODUCTION}Memory {idle} s after the start. Load average {before} before, {load()} after.",
            "",
            table(("what", "median", "at most", "ratio", "verdict"), [one.cells() for one in held]),
            summary(held),
            "",
            table(("what", "runs", "min", "median", "max"), [[one.what, *one.cells()] for one in every]),
        ]
        return "\n".join(parts)

    def _starts(self, runs: int) -> None:
        for scenario in (SCENARIO, BUILDS):  # node templates are not what is measured
            self._commands.ckslab("start", scenario)
            self._commands.ckslab("stop", scenario)
        for _ in turns("start, plain and with the image tools", runs):
            self.plain.add(self._commands.ckslab("start", SCENARIO))
            self._commands.ckslab("stop", SCENARIO)
            self.start.add(self._commands.ckslab("start", BUILDS))
            self._commands.ckslab("stop", BUILDS)

    def _builds(self, runs: int, idle: int) -> None:
        self._commands.ckslab("start", BUILDS)
        folder = self._home / "labs" / BUILDS
        say(f"memory after {idle} s idle")
        time.sleep(idle)
        self.memory.add(sum(memory(folder).values()))
        RunningLab(folder).solve()
        for _ in turns("docker build and run", runs):
            build = ("docker", "build", "--no-cache", "-q", "-t", "bench", "/opt/lab/img")
            self.build.add(self._commands.ckslab("shell", BUILDS, "--", *build))
            self.run.add(self._commands.ckslab("shell", BUILDS, "--", "docker", "run", "--rm", "bench"))
        self._commands.ckslab("stop", BUILDS)

    def _pulls(self, runs: int) -> None:
        self._commands.ckslab("start", PULLS)
        running = RunningLab(self._home / "labs" / PULLS)
        running.solve()
        drawn = {word.strip("${}"): value for word, value in running.scenario.words.items()}
        words = {**drawn, "image": f"registry.lab.local:5000/team/api:{drawn['tag']}"}
        for _ in turns("pull", runs):
            self._commands.ckslab("shell", PULLS, "--", "sh", "-ec", _FORGET.format(**words))
            self.pull.add(self._commands.ckslab("shell", PULLS, "--", "sh", "-ec", _PULL.format(**words)))
        self._commands.ckslab("stop", PULLS)

    def _grades(self, scenario: str, runs: int) -> None:
        series = self.grades.setdefault(scenario, Series(f"grade, {scenario}"))
        self._commands.ckslab("author", "try", scenario, "solution", "--name", LAB)
        RunningLab(self._home / "labs" / LAB).settle()
        self._commands.ckslab("grade", LAB)
        for _ in turns(f"grade of {scenario}", runs):
            series.add(self._commands.ckslab("grade", LAB))
        self._commands.ckslab("stop", LAB)


def section(runs: int, idle: int) -> str:
    """The section of the page."""
    before = load()
    with home_of_our_own() as home:
        images = Images(Commands(home), home)
        images.measure(runs, idle)
        return images.section(before, idle)


def main() -> int:
    """Measure and replace the section."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.bench.images", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured (default 3)")
    parser.add_argument("--idle", type=int, default=60, help="seconds before memory is read (default 60)")
    options = parser.parse_args()
    text = section(options.runs, options.idle)
    put_section(PAGE, HEAD, text)
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
