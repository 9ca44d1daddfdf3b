"""What is done alike with every kind of service on a running node: started again, and held stopped for a probe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ckslab.cluster.backend import Node
from ckslab.cluster.node.commands import restart_service
from ckslab.errors import CkslabError
from ckslab.waiting import wait_until


def ensure_serving(node: Node, service: str, name: str, serves: Callable[[], bool], seconds: float) -> None:
    """Have init start `service` again where it does not serve; LabError where that is no help. name: the lab's."""
    if serves():
        return
    restart_service(node, service)
    wait_until(f"the lab's {name} to serve again", serves, seconds, node=node)


@contextmanager
def held_stopped(node: Node, argv: Sequence[str], name: str) -> Iterator[None]:
    """While a command runs that says `stopped`, and has it serve again when its input ends, or we are dead."""
    lease = node.open(argv)
    try:
        if lease.readline(10.0) != "stopped":
            raise CkslabError(f"the lab's {name} could not be stopped for a probe")
        yield
    finally:
        lease.close()
