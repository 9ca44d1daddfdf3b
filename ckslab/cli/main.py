"""The entry point: every way a command can end becomes an exit code and a message, never a traceback."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Sequence

from ckslab.errors import CkslabError

INTERRUPTED = 130

SAFE = {
    "start": "Run the same command again to go on, or remove what there is: ckslab stop",
    "reset": "The lab may be half made. Make it anew: ckslab reset · or remove it: ckslab stop",
    "stop": "Run it again to finish: ckslab stop",
    "grade": "Nothing was recorded; your lab is as it was. Grade again: ckslab grade",
    "hand-in": "The lab is as it was. Run it again: ckslab hand-in",
    "edit": "The file on the node is as it was.",
    "rescue": "See how the lab is: ckslab status",
    "setup": "What was fetched is kept. Go on: ckslab setup",
    "history import": "Either all of it was added, or nothing. Run it again: ckslab history import",
    "exam": "The exam is as it was, and its clock goes on: ckslab exam status",
    "exam start": "See how it is: ckslab exam status · go on: ckslab exam resume · give it up: ckslab exam abandon",
    "exam resume": "See how the exam is: ckslab exam status",
    "exam submit": "See how the exam is: ckslab exam status · what was not graded is by: ckslab exam submit",
    "exam regrade": "What was graded is kept. Run it again: ckslab exam regrade",
    "exam abandon": "Run it again to finish: ckslab exam abandon",
    "author verify": "Its labs were removed. Play one answer: ckslab author verify SCENARIO --only NAME",
}
"""What is safe to do after Ctrl-C, by command."""

GROUPS = ("author", "exam", "history")
"""Commands with commands of their own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 well, 1 below full marks, 2 usage, 3 failed, 130 interrupted."""
    args = list(sys.argv[1:] if argv is None else argv)
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = _run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except CkslabError as error:
        code = _explain(error)
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # the last line of defence between a bug and a learner
        code = INTERRUPTED if _of_an_interrupt(error) else _fault(error)
    if code == INTERRUPTED:
        safe = SAFE.get(command_of(args), "Nothing was changed.")
        sys.stderr.write(f"\ninterrupted. {safe}\n")
    return code


def command_of(args: Sequence[str]) -> str:
    """The command in `args`: "grade", "author verify", or "". Words that are a command's own do not count."""
    words = iter(args)
    for word in words:
        if word == "--scenarios":
            next(words, "")
        elif not word.startswith("-"):
            return f"{word} {next(words, '')}".strip() if word in GROUPS else word
    return ""


def _open_streams() -> None:
    """Put /dev/null where a standard stream is closed (`ckslab grade >&-`): the exit code is wanted all the same.

    Also because the next file that is opened would get its number, and what is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def _terminated(*_: object) -> None:
    """TERM ends a command as Ctrl-C does, so that what it began is tidied up."""
    raise KeyboardInterrupt


def _of_an_interrupt(error: BaseException) -> bool:
    """Whether it was raised while an interrupt ended something: in the middle of `Condition.wait` that leaves a
    lock that is not held, and the `with` around it says so instead.
    """
    cause = error.__context__
    return cause is not None and (isinstance(cause, KeyboardInterrupt) or _of_an_interrupt(cause))


def _run(args: list[str]) -> int:
    from ckslab.cli.app import app

    try:
        app(args, prog_name="ckslab")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _explain(error: CkslabError) -> int:
    from ckslab.render.error import print_error

    if os.environ.get("CKSLAB_DEBUG") == "1":
        raise error
    print_error(error)
    return error.exit_code


def _fault(error: Exception) -> int:
    from ckslab.cli.faultlog import keep_fault

    if os.environ.get("CKSLAB_DEBUG") == "1":
        raise error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f": {error.filename}" if error.filename else ""
        advice = "free some space there and run the command again; nothing was lost"
        return _explain(CkslabError(f"{error.strerror}{where}", advice=advice))
    if isinstance(error, OSError):
        what = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    else:
        what = f"a fault of ckslab ({type(error).__name__}: {error})"
    kept = keep_fault(error)
    where = f"the traceback is in {kept} · " if kept else ""
    return _explain(CkslabError(what, advice=f"{where}CKSLAB_DEBUG=1 shows it"))


def _reader_left() -> int:
    """Whoever read our output has ended (`ckslab list | head`): be quiet, also when Python flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
