"""A command in a node that ends in its time: the node itself ends it, and says how it ended.

Whoever enters a node (nsenter, an engine's program) has an exit code and error messages of its own, which look like
the command's. So a shell in the node adds one line to the command's standard error, with a token that nothing else
knows: where it is, the command ran there and ended; where it is not, the node or the way into it failed.
"""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Callable, Sequence

from ckslab.cluster.node.child import run_child
from ckslab.errors import LabError, TookTooLong

MARGIN = 5.0
"""Seconds that the way into the node may take beside the command."""

KILLED = 137
"""What a shell says of a command that KILL has ended."""

CLOCK = 0.02
"""Seconds by which /proc/uptime, in hundredths, may be wrong about a duration."""

SCRIPT = """
token=$1 seconds=$2
shift 2
cd /root 2>/dev/null
read -r begin rest </proc/uptime
timeout --signal=KILL "$seconds" "$@"
code=$?
read -r end rest </proc/uptime
printf '\\n%s %s %s %s\\n' "$token" "$code" "$begin" "$end" >&2
"""
"""timeout(1) says 137 of a command that it killed, and of one that was killed by somebody else: the clock tells."""

_ENDED = re.compile(rb"(\d{1,3}) (\d{1,12}\.\d\d) (\d{1,12}\.\d\d)\n")
"""What the script says after the token, run by programs that are what the node's root has made them."""


def timed_run(
    enter: Callable[[Sequence[str]], Sequence[str]],
    argv: Sequence[str],
    stdin: bytes,
    seconds: float,
    not_there: Callable[[str], LabError],
) -> subprocess.CompletedProcess[bytes]:
    """Run `argv` in the node that `enter` gives the command for; never raises for its exit code.

    TookTooLong after `seconds`. not_there: the error where it was not run to an end, from what was said instead.
    """
    token = secrets.token_hex(12)
    late = TookTooLong(f"{argv[0]} took longer than {seconds:.0f} s on the node")
    words = ["/bin/sh", "-c", SCRIPT, "sh", token, f"{seconds:.1f}", *argv]
    try:
        done = run_child(enter(words), stdin, seconds + MARGIN)
    except subprocess.TimeoutExpired as error:
        raise late from error
    said, _, rest = done.stderr.partition(f"\n{token} ".encode())
    ended = _ENDED.match(rest)
    if ended is None:
        raise not_there(said.decode(errors="replace").strip())
    code, begin, end = int(ended[1]), float(ended[2]), float(ended[3])
    if code == KILLED and end - begin > seconds - CLOCK:
        raise late
    return subprocess.CompletedProcess(list(argv), code, done.stdout, said + rest[ended.end() :])
