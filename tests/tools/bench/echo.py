"""How long a key press takes to its echo on the exam's page, in a real Chromium, with a shell at the other end.

`python -m tests.tools.bench.echo [--keys N]` measures this section alone and puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from tests.support.browser import browser_of, missing_programs
from tests.support.exam_desk import Desk
from tests.support.web_exam import Rehearsal, served
from tests.tools.bench.machine import load
from tests.tools.bench.page import PAGE, put_section, table
from tests.tools.bench.series import Series
from tests.tools.bench.target import Target

HEAD = "## A key press to its echo on the exam's page"
KEYS = 400
A_LINE = 60
MEDIAN, P99 = 30.0, 100.0

# From the key's own time stamp until its character stands on the page, which is drawn with the next frame.
_WATCH = """
window.echoes = [];
let pressed = null;
document.addEventListener("keydown", event => { pressed = event.timeStamp }, true);
new MutationObserver(() => {
  if (pressed !== null) window.echoes.push(performance.now() - pressed);
  pressed = null;
}).observe(document.querySelector(".panel:not([hidden]) .xterm-rows"), {childList: true, subtree: true, characterData: true});
"""


def measure(keys: int) -> list[float]:
    """Milliseconds of each key."""
    with tempfile.TemporaryDirectory() as folder, served(Rehearsal()) as site, browser_of(Path(folder)) as browser:
        desk = Desk(browser, site)
        desk.ready()
        desk.run("bind 'set bell-style none'; PS1=; clear")
        time.sleep(1.0)
        desk.js(_WATCH)
        for number in range(keys):
            if number % A_LINE == A_LINE - 1:
                desk.type(Keys.CONTROL, "u")
                time.sleep(0.3)
                desk.js("window.echoes.pop()")
            desk.type("x")
            time.sleep(0.05)
        time.sleep(1.0)
        found: list[float] = desk.js("return window.echoes")
        return found


def section(keys: int) -> str:
    """The section of the page."""
    if missing := missing_programs():
        return f"{HEAD}\n\nNot measured: there is no {' and no '.join(missing)} here.\n"
    before = load()
    return text(measure(keys), f"Load average {before} before, {load()} after.")


def text(echoes: list[float], busy: str) -> str:
    """The section on what was measured; busy: how busy the machine was."""
    ordered = sorted(echoes)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    typical = Series("key press to echo, median", "ms", echoes)
    slowest = Series("key press to echo, the 99th of 100", "ms", [late])
    rows = [Target(typical, MEDIAN, ""), Target(slowest, P99, "")]
    return "\n".join(
        [
            HEAD,
            "",
            f"{len(echoes)} keys typed one after the other into a shell's line in headless Chromium: from the key event's own",
            "time stamp until the character stands on the page. Browser, server and shell share this machine. "
            + busy,
            "",
            table(("what", "time", "at most", "ratio", "verdict"), [row.cells() for row in rows]),
        ]
    )


def main() -> int:
    """Measure and replace the section."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.bench.echo", description=__doc__)
    parser.add_argument("--keys", type=int, default=KEYS, help=f"how many (default {KEYS})")
    made = section(parser.parse_args().keys)
    put_section(PAGE, HEAD, made)
    print(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
