"""What runs on a terminal of an exam ends with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from ckslab.exam.terminal.shells import Shell, command


@pytest.fixture
def under_nohup() -> Iterator[None]:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


def test_it_hangs_up_also_where_ckslab_was_started_by_nohup(under_nohup: None) -> None:
    shell = Shell(command(["/bin/sh", "-c", "echo ready; exec sleep 1000"], dict(os.environ)), 24, 80)
    seen = b""
    until = time.monotonic() + 30
    while b"ready" not in seen and time.monotonic() < until:
        seen += shell.read() or b""
    assert shell.close() == 128 + signal.SIGHUP
