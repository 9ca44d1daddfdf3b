"""The kubelet's words about static pods."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

ABOUT = re.compile(
    r"Could not process manifest file|hostPath type check failed|Unable to process the file"
    r"|couldn't parse as pod|CreateContainerConfigError|MountVolume.SetUp failed|volumeMounts\["
    r"|[Ff]ailed to (?:pull|create|start)|ErrImage|InvalidImageName"
)
HEAD = re.compile(r"[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)")


def about_static_pods(lines: Iterable[str], since: float, now: float) -> tuple[str, ...]:
    """Lines about manifests and their containers, not older than `since` (seconds; the node's clock)."""
    found = []
    for line in lines:
        stamp = _seconds(line, now)
        if ABOUT.search(line) and (stamp is None or stamp >= since - 1.0):
            found.append(line)
    return tuple(found[-40:])


def _seconds(line: str, now: float) -> float | None:
    """A klog line's time: it has no year, so the one that is not in the future."""
    head = HEAD.search(line[:60])
    if head is None:
        return None
    month, day, hour, minute, second, fraction = (int(text) for text in head.groups())
    year = datetime.datetime.fromtimestamp(now, datetime.UTC).year
    for guess in (year, year - 1):
        try:
            moment = datetime.datetime(guess, month, day, hour, minute, second, tzinfo=datetime.UTC)
        except ValueError:
            continue
        stamp = moment.timestamp() + fraction / 1e6
        if stamp <= now + 60:
            return stamp
    return None
