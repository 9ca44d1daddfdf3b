"""`make demo`: a lab from start to stop, with a typical wrong answer, its reasons, and the solution."""

from __future__ import annotations

import subprocess
import sys

from ckslab.lab import find_lab
from ckslab.progress import Silent

SCENARIO, LAB, WRONG = "ipw-complete", "demo", "no volume mount"


def main() -> int:
    """Exit code 0 if everything went as a learner may expect."""
    ckslab("stop", LAB, code=None, quiet=True)
    try:
        say("A lab is started: a real control plane with a task.")
        ckslab("start", SCENARIO, "--name", LAB, "--cluster", "local")
        say("Untouched, it earns nothing.")
        ckslab("grade", LAB, code=1)
        say(f"A typical wrong answer: {WRONG}.")
        answer(WRONG)
        ckslab("grade", LAB, code=1)
        ckslab("rescue", LAB)
        say("The lab is reset, and the solution is played.")
        ckslab("reset", LAB)
        answer("solution")
        ckslab("grade", LAB)
    finally:
        ckslab("stop", LAB, code=None)
    say("Done: full marks, and nothing is left behind.")
    return 0


def say(text: str) -> None:
    """A line between the commands."""
    print(f"\n== {text}\n", flush=True)


def ckslab(*words: str, code: int | None = 0, quiet: bool = False) -> None:
    """Run a command as the learner does; it must end with `code` (None: it does not matter)."""
    if not quiet:
        print(f"$ ckslab {' '.join(words)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "ckslab", *words], capture_output=quiet, check=False)
    if code is not None and done.returncode != code:
        sys.exit(f"ckslab {words[0]} ended with {done.returncode}, not {code}")


def answer(name: str) -> None:
    """Play an answer on the running lab, as a learner would."""
    running = find_lab(LAB).running()
    steps = running.lab.answer_steps(name)
    running.play(steps, Silent())
    for step in steps:
        print(f"  (the learner) {step.name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
