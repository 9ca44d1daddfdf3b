"""Which lines the API server and the kubelet wrote at a moment, in all their logs since the lab began."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ckslab.evidence import Fact, Need, Unavailable
from ckslab.text_lines import lines_of

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node
    from ckslab.needs.sources import HandedInSources, Sources

MAX_OUTPUT = 256 * 1024


@dataclass(frozen=True, slots=True)
class LogLinesFact:
    """Raw lines: those of a container begin with the time, the stream and the flag that the runtime writes."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogLinesNeed(Need[LogLinesFact]):
    """The lines that hold a time of klog, to the microsecond: `16:33:46.478112`."""

    stamp: str

    def words(self) -> str:
        """What is asked."""
        return "what the logs of the node hold"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Look through the logs that are there, and those that were kept of containers that are gone."""
        return {need: _found(sources.node, need.stamp) for need in needs}

    @classmethod
    def of_files(cls, needs: Collection[Self], sources: HandedInSources) -> dict[Self, Fact]:
        """Look through the logs that were handed in, too: an archive of the lab has them."""
        from ckslab.cluster.node.log_keeper import KEPT, KUBELET_LOGS

        with sources.files.reader() as reader:
            files = [*reader.folder(KEPT).files.values(), *(reader.file(path) for path in KUBELET_LOGS)]
        logs = [file.text for file in files if file.text is not None]
        whole = bool(logs) and all(file.kind in ("file", "absent") for file in files)
        found = {need: tuple(_holding(need.stamp, logs)) for need in needs}
        return {
            need: LogLinesFact(lines) if lines or whole else need.not_in_files() for need, lines in found.items()
        }


def _holding(stamp: str, logs: Iterable[str]) -> Iterator[str]:
    return (line for text in logs for line in lines_of(text) if stamp in line)


def _found(node: Node, stamp: str) -> Fact:
    from ckslab.cluster.node.log_keeper import LOGS

    look = f'cat {" ".join(LOGS)} 2>/dev/null | grep -a -F -e "$1" | head -c {MAX_OUTPUT}'
    try:
        done = node.run(["/bin/sh", "-c", look, "look", stamp], timeout=20)
    except TimeoutError as error:
        return Unavailable(str(error))
    if done.returncode:
        return Unavailable("the node's logs cannot be read")
    return LogLinesFact(tuple(lines_of(done.stdout.decode(errors="replace"))))
