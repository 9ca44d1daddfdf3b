"""Runs commands as a learner does, in processes of their own, and takes the time until they end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

EMPTY = Path(__file__).with_name("empty_app.py")


class Commands:
    """ckslab with a home of its own, and the empty application under the same interpreter."""

    def __init__(self, home: Path) -> None:
        self._home = home
        # An installed ckslab has its modules compiled; so has a checkout after its first command, unless forbidden.
        dropped = ("CKSLAB_HOME", "CKSLAB_SCENARIOS", "CKSLAB_DEBUG", "PYTHONDONTWRITEBYTECODE")
        self._environment = {key: value for key, value in os.environ.items() if key not in dropped}
        self._environment |= {"CKSLAB_HOME": str(home), "CKSLAB_CLUSTER": "local"}
        script = Path(sys.executable).with_name("ckslab")
        self._ckslab = [str(script)] if script.exists() else [sys.executable, "-m", "ckslab"]

    def ckslab(self, *arguments: str, codes: Collection[int] = (0,)) -> float:
        """Seconds that `ckslab ARGUMENTS` took; RuntimeError with its output where it ended otherwise."""
        return self._timed([*self._ckslab, *arguments], codes)[0]

    def output(self, *arguments: str) -> bytes:
        """What `ckslab ARGUMENTS` printed."""
        return self._timed([*self._ckslab, *arguments], (0,))[1]

    def empty(self, *arguments: str) -> float:
        """The same for the empty application."""
        return self._timed([sys.executable, str(EMPTY), *arguments], (0,))[0]

    def _timed(self, argv: Sequence[str], codes: Collection[int]) -> tuple[float, bytes]:
        begin = time.perf_counter()
        done = subprocess.run(argv, env=self._environment, cwd=self._home, capture_output=True, check=False)
        seconds = time.perf_counter() - begin
        if done.returncode not in codes:
            told = (done.stdout + done.stderr).decode(errors="replace")[-3000:]
            raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{told}")
        return seconds, done.stdout
