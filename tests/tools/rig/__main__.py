"""`python -m tests.tools.rig COMMAND...`: run a command with an engine that answers and a node image for kind.

CKSLAB_KIND_IMAGE in its environment names the image: the one that is named already, else one made here. An
engine that was started for it ends with it. Without a command: only the image's name. Where there can be no
engine or image the command runs all the same: tests are then skipped, and say why.
"""

from __future__ import annotations

import os
import subprocess
import sys

from ckslab.errors import CkslabError
from ckslab.render.progress import shown_progress
from tests.tools.rig import engine, image

VARIABLE = "CKSLAB_KIND_IMAGE"


def main(command: list[str]) -> int:
    """The command's exit code; 3 where the image was asked for and cannot be had."""
    started = False
    try:
        with shown_progress() as progress:
            started = engine.ensure(progress)
            name = os.environ.get(VARIABLE) or image.ensure(progress)
    except CkslabError as error:
        print("\n".join(part for part in (error.message, error.details, error.advice) if part), file=sys.stderr)
        return subprocess.call(command) if command else 3
    try:
        if command:
            return subprocess.call(command, env=os.environ | {VARIABLE: name})
        print(name)
        return 0
    finally:
        if started and command:
            engine.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
