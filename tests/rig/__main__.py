"""`python -m tests.rig`: an engine that answers and the node image; the last line names the image."""

from __future__ import annotations

import sys

from ckslab.errors import CkslabError
from ckslab.render.progress import shown_progress
from tests.rig import engine, image


def main() -> int:
    """Make what is missing; the exit code is 3 where it cannot be had."""
    try:
        with shown_progress() as progress:
            engine.ensure(progress)
            name = image.ensure(progress)
    except CkslabError as error:
        print(f"{error.message}\n{error.details}\n{error.advice}".strip(), file=sys.stderr)
        return 3
    print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
