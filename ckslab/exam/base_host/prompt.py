"""Base where no sandbox can be made: a prompt that knows base's programs, and runs nothing else.

`python -m ckslab.exam.base_host.prompt SOCKET` is what stands behind it: nothing that is typed there is run.
"""

from __future__ import annotations

import json
import shlex
import socket
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from subprocess import Popen
from typing import Any

from ckslab.exam.base_host.laid_files import PROGRAMS
from ckslab.exam.terminal.socket_path import short

_HELP = """\
This machine gives base no shell of its own (no user namespaces): it knows its own programs alone.
  tasks · task N · ssh cks-N · flag N · time · submit · exit
"""


def shell(socket_path: Path, terminal: int, environment: Mapping[str, str]) -> AbstractContextManager[Popen[bytes]]:
    """The prompt, its streams the slave `terminal` of a pseudo-terminal; it is killed on leaving."""
    import os

    from ckslab.exam.terminal.shells import command

    argv = [sys.executable, "-m", "ckslab.exam.base_host.prompt", str(socket_path)]
    return command(argv, {**os.environ, **environment})(terminal)


def main() -> None:
    """Read lines and ask the terminal, until input ends."""
    path = sys.argv[1]
    with suppress(ImportError):
        import readline  # noqa: F401 - it makes input() edit its lines
    sys.stdout.write(_HELP)
    while True:
        try:
            left = _asked(path, "time", ["--prompt"], quiet=True)
            words = shlex.split(input(f"{left} candidate@base$ "))
        except EOFError:
            return
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            continue
        except ValueError as error:
            sys.stdout.write(f"{error}\n")
            continue
        if words[:1] in (["exit"], ["logout"]):
            return
        if words and words[0] in PROGRAMS:
            with suppress(KeyboardInterrupt):
                _asked(path, words[0], words[1:])
        elif words:
            sys.stdout.write(f"{words[0]}: base has no such program here\n{_HELP}")


def _asked(path: str, program: str, arguments: list[str], *, quiet: bool = False) -> str:
    """What the terminal answers; printed as it comes unless `quiet`."""
    said: list[str] = []
    with socket.socket(socket.AF_UNIX) as connection:
        with short(Path(path)) as name:
            connection.connect(name)
        lines = connection.makefile("rwb")
        _put(lines, {"program": program, "arguments": arguments, "terminal": not quiet})
        for line in lines:
            got = json.loads(line)
            text = got.get("out", "") + got.get("err", "") + got.get("ask", "")
            said.append(text)
            if not quiet:
                sys.stdout.write(text)
                sys.stdout.flush()
            if "ask" in got:
                _put(lines, {"answer": sys.stdin.readline() or None})
            if "exit" in got:
                break
    return "".join(said)


def _put(lines: Any, what: dict[str, Any]) -> None:
    lines.write(json.dumps(what).encode() + b"\n")
    lines.flush()


if __name__ == "__main__":
    main()
