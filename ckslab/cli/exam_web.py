"""The exam's page served from the command line, and the program in each of its terminals.

`python -m ckslab.cli.exam_web EXAM` is that program: the same terminal that `ckslab exam` opens. It ends with the
exam and leaves grading to the page.
"""

from __future__ import annotations

import signal
import sys
import termios
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from ckslab.exam.sitting import Sitting

HUNG_UP = 128 + signal.SIGHUP


def serve_exam(sitting: Sitting, port: int) -> None:
    """Until Ctrl-C. MissingCapability: the extra is not installed. LabError: the port cannot be had."""
    from ckslab.web.serve import listen, need_extra, serve

    need_extra()
    from ckslab.web.sat import SatExam

    with listen(port) as listener, suppress(KeyboardInterrupt):
        argv = [sys.executable, "-m", "ckslab.cli.exam_web", sitting.id]
        serve(SatExam(sitting), argv, listener, _tell)
    _tell_left(sitting.id)


def _tell(address: str) -> None:
    typer.echo(f"the exam's page: {address}")
    typer.echo("good once, in a browser on this machine · Enter: another one · Ctrl-C: close the page")


def _tell_left(exam_id: str) -> None:
    from ckslab.exam.sitting import read_sitting

    if read_sitting(exam_id).state == "graded":
        typer.echo(f"\nthe page is closed\nnext: ckslab exam report {exam_id}")
    else:
        typer.echo(
            "\nthe page is closed; the exam goes on, and so does its clock\nnext: ckslab exam --web · ckslab exam"
        )


def main() -> int:
    """One terminal; the exit code."""
    from ckslab.cli.exam_terminal import sit
    from ckslab.errors import CkslabError
    from ckslab.render.error import print_error

    signal.signal(signal.SIGHUP, _hung_up)
    try:
        sit(sys.argv[1])
    except CkslabError as error:
        print_error(error)
        return error.exit_code
    except (OSError, termios.error):  # the page took the terminal away
        return HUNG_UP
    return 0


def _hung_up(*_: object) -> NoReturn:
    sys.exit(HUNG_UP)


if __name__ == "__main__":
    sys.exit(main())
