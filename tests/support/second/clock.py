"""A clock as a service of the lab: a file on the node that always holds the time, until the clock is stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ckslab.certificates import Authority
from ckslab.cluster.backend import CONF, Node, NodeService
from ckslab.cluster.node.commands import restart_service
from ckslab.errors import CkslabError
from ckslab.needs.service import ServiceFact
from ckslab.services.kind import PlannedService, ServiceKind
from ckslab.strict import NodePath, Strict

SCRIPT = """
mkdir -p "${1%/*}" && rm -f "$1" "$1.stop"
while sleep 0.1; do
    if [ ! -e "$1.stop" ]; then
        date +%s >"$1.new" && mv "$1.new" "$1"
    elif [ -e "$1" ]; then
        rm "$1" && echo stopped
    fi
done
"""

LEASE = """
touch "$1.stop"
while [ -e "$1" ]; do sleep 0.05; done
echo stopped
cat
rm -f "$1.stop"
"""


class Clock(Strict):
    """The file that holds the seconds since the epoch."""

    path: NodePath = "/run/clock"


class ClockKind(ServiceKind[Clock]):
    """See `ckslab.services.kind`."""

    name = "clock"
    settings = Clock
    values = frozenset({"path"})

    def plan(self, name: str, settings: Clock, authority: Authority) -> PlannedService:
        """A shell script that is laid with it."""
        argv = ("/bin/sh", f"{CONF}/clock-{name}/clock.sh", settings.path)
        node = NodeService(f"clock-{name}", argv, hosts=("clock.lab",), files={"clock.sh": SCRIPT.encode()})
        return PlannedService(
            node, ServiceFact(name, self.name, f"file://clock.lab{settings.path}", {"path": settings.path})
        )

    def running(self, fact: ServiceFact) -> RunningClock:
        """By its file."""
        return RunningClock(fact.name, fact.values["path"])


@dataclass(frozen=True)
class RunningClock:
    """See `ckslab.needs.sources.RunningService`."""

    name: str
    path: str

    def ensure(self, node: Node) -> None:
        """One whose file is missing or old is started again."""
        if self.tells(node):
            return
        restart_service(node, f"clock-{self.name}")
        end = time.monotonic() + 5.0
        while not self.tells(node):
            if time.monotonic() > end:
                raise CkslabError(f"the lab's {self.name} cannot be started again")
            time.sleep(0.1)

    @contextmanager
    def stopped(self, node: Node) -> Iterator[None]:
        """Until our end of the pipe is closed."""
        lease = node.open(["sh", "-c", LEASE, "sh", self.path])
        try:
            assert lease.readline(10.0) == "stopped"
            yield
        finally:
            lease.close()

    def reviews(self, node: Node) -> None:
        """Nobody asks it about images."""

    def tells(self, node: Node) -> bool:
        """Whether the file was written a moment ago."""
        return node.run(["sh", "-c", '[ $(($(date +%s) - $(cat "$1"))) -le 2 ]', "sh", self.path]).returncode == 0
