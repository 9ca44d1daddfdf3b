"""A CKSLAB_HOME of a test's own, with the command line run in it; binaries and node template are shared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.node_fixtures.processes import Found, mounts_of, processes_of

ROOT = Path(__file__).parents[3]
SCENARIOS = ROOT / "tests" / "support" / "lab_scenarios"
SCENARIO = "node-lab"
PATIENCE = 150.0
"""Seconds for one command: a first start makes the node template."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float

    def ok(self) -> Ended:
        """Itself, if the exit code is 0."""
        assert self.code == 0, f"exit code {self.code}\n{self.out}\n{self.err}"
        return self


@dataclass
class Home:
    """A home: `prefix` is put before each command (to run as another user), `env` on top of ours."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()

    @classmethod
    def new(cls, cache: Path) -> Home:
        """An empty one with a short path."""
        path = Path(tempfile.mkdtemp(prefix="ckn-"))
        (path / "cache").symlink_to(cache)
        return cls(path)

    def environment(self) -> dict[str, str]:
        """Of all commands."""
        own = {"CKSLAB_HOME": str(self.path), "CKSLAB_SCENARIOS": str(SCENARIOS), "CKSLAB_CLUSTER": "local"}
        return {**os.environ, **own, **self.env}

    def popen(self, *args: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Start `ckslab ARGS` on pipes, in a process group of its own as a shell does."""
        command = [*self.prefix, sys.executable, "-m", "ckslab", *args]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            text=True,
            process_group=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env or self.environment(),
        )

    def run(self, *args: str, stdin: str = "", timeout: float = PATIENCE) -> Ended:
        """Run `ckslab ARGS` to its end; a traceback, or a resource left open, fails the test."""
        begin = time.monotonic()
        strict = self.environment() | {"PYTHONWARNINGS": "error::ResourceWarning"}
        with self.popen(*args, env=strict) as process:
            try:
                out, err = process.communicate(stdin, timeout)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        assert "Traceback" not in err, err
        assert "Warning" not in err, err
        return Ended(process.returncode, out, err, time.monotonic() - begin)

    def node(self, script: str, lab: str = SCENARIO, *, stdin: str = "") -> Ended:
        """Run a shell script on a lab's node."""
        return self.run("shell", lab, "--", "sh", "-c", script, stdin=stdin)

    def stopped_at(self, phrase: str, number: int, *args: str) -> Ended:
        """Run `ckslab ARGS` and send the signal when its progress says `phrase` ("" once it has begun)."""
        begin = time.monotonic()
        with self.popen(*args) as process:
            late = threading.Timer(PATIENCE, process.kill)
            late.start()
            assert process.stderr is not None
            said = []
            if phrase:
                for line in process.stderr:
                    said.append(line)
                    if phrase in line:
                        break
                else:
                    raise AssertionError(f"{args} never said {phrase!r}: {''.join(said)}")
            else:
                wait_for(lambda: self.lab(SCENARIO).exists(), PATIENCE)
            os.kill(process.pid, number)
            out, err = process.communicate(timeout=60)
            late.cancel()
        return Ended(process.returncode, out, "".join(said) + err, time.monotonic() - begin)

    def start_twice_at_once(self) -> None:
        """Two starts of one lab side by side: one makes it at least, and the other does so too or names its pid."""
        with ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(lambda _: self.run("start", SCENARIO), range(2)))
        assert any(one.code == 0 for one in ended)
        for one in ended:
            assert one.code == 0 or "another ckslab (pid" in one.err, one.err
        assert self.state() == "running"

    def labs_listed(self) -> list[Any]:
        """The labs that `status` knows."""
        return list(json.loads(self.run("status", "--output", "json").ok().out)["labs"])

    def lab(self, name: str = SCENARIO) -> Path:
        """A lab's folder."""
        return self.path / "labs" / name

    def state(self, name: str = SCENARIO) -> str:
        """What `ckslab status` calls the lab; "" when there is none."""
        listed = json.loads(self.run("status", "--output", "json").ok().out)["labs"]
        return next((one["state"] for one in listed if one["name"] == name), "")

    def record(self, name: str = SCENARIO) -> dict[str, Any]:
        """node.json of a lab."""
        found: dict[str, Any] = json.loads((self.lab(name) / "node.json").read_text())
        return found

    def grade(self, name: str = SCENARIO) -> dict[str, Any]:
        """The lab's report; no exit code but 0, 1 and 3."""
        ended = self.run("grade", name, "--output", "json")
        assert ended.code in (0, 1, 3), ended.err
        report: dict[str, Any] = json.loads(ended.out)
        return report

    def processes(self) -> list[Found]:
        """Everything that lives from this home."""
        return processes_of(self.path.name)

    def left(self) -> list[str]:
        """What is left of labs: processes, mounts, files. Empty after `stop`."""
        wait_for(lambda: not self.processes(), must=False)
        left = [str(found) for found in self.processes()] + mounts_of(self.path.name)
        for name in ("labs", "edits"):
            folder = self.path / name
            left += [str(path) for path in folder.iterdir()] if folder.is_dir() else []
        return left

    def remove(self) -> None:
        """Stop all labs and remove the home; what is left of labs then fails the test."""
        try:
            self.run("stop", "--all").ok()
            assert self.left() == []
        finally:
            for found in self.processes():
                os.kill(found.pid, signal.SIGKILL)
            shutil.rmtree(self.path, ignore_errors=True)


def wait_for(condition: Any, seconds: float = 5.0, *, must: bool = True) -> float:
    """Wait until `condition()` holds; the seconds that took."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > seconds:
            assert not must, "it did not happen in time"
            break
        time.sleep(0.02)
    return time.monotonic() - begin
