"""An exam whose page is served: its tasks and its clock are the test's, its terminals run a plain shell."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import uvicorn

from ckslab.errors import LabError
from ckslab.web.keys import Keys
from ckslab.web.serve import ADDRESS, entry_address, listen, make_server
from ckslab.web.view import OPEN, Result, TaskState, TaskText, View

SHELL = ("/usr/bin/env", "PS1=base$ ", "HISTFILE=", shutil.which("bash") or "bash", "--norc", "--noprofile", "-i")
TEXT = """\
Pods of the namespace `payments` are to run by **digest**.

- Change the Deployment `api`, and nothing else.
- Keep `/root/answer.txt`.

```yaml
image: registry.lab/api@sha256:...
```

<script>document.title = "owned"</script> ![x](https://example.com/x.png) [away](javascript:alert(1))
"""


class Rehearsal:
    """An exam in memory. `left` can be set at any moment: seconds from then on."""

    id = "2026-11-27-a"
    practice = False
    minutes = 120

    def __init__(self, tasks: int = 4, left: float = 7200.0) -> None:
        self.ends = time.monotonic() + left
        self.ended_at = 0.0
        self.flags = dict.fromkeys(range(1, tasks + 1), False)
        self.grades_in = 1.0
        self.paused: float | None = None

    @property
    def left(self) -> float:
        """Seconds."""
        return (self.ends - time.monotonic()) if self.paused is None else self.paused

    @left.setter
    def left(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds

    def texts(self) -> Sequence[TaskText]:
        return [self._text(number) for number in self.flags]

    def _text(self, number: int) -> TaskText:
        title = f"Pin what the {'<b>API</b>' if number == 2 else 'workload'} {number} runs"
        text = f"# {title}\n\n{TEXT}" if number == 1 else TEXT
        return TaskText(number, title, f"cks-{number}", 100 // len(self.flags), 8, text)

    def look(self) -> View:
        if not self.ended_at and self.left <= 0:
            self.ended_at = self.ends
        tasks = tuple(TaskState(number, on, graded=self._graded) for number, on in self.flags.items())
        view = View("paused" if self.paused is not None else "running", max(0.0, self.left), tasks)
        if self.ended_at:
            view = replace(view, state="over", remaining=0.0, by_time=self.ended_at == self.ends)
        if self._graded:
            view = replace(view, state="graded", result=Result(72.5, 0.0, 67, True))
        return view

    def flag(self, number: int, on: bool) -> None:
        if number not in self.flags:
            raise LabError(f"there is no task {number}")
        self.flags[number] = on

    def pause(self, on: bool) -> None:
        if not self.practice:
            raise LabError("the exam's clock cannot be paused")
        if on:
            self.paused = self.left
        elif self.paused is not None:
            left, self.paused = self.paused, None
            self.left = left

    def end(self) -> None:
        if self.look().state in OPEN:
            self.ended_at = time.monotonic()
        while not self._graded:
            time.sleep(0.05)

    def report(self) -> str:
        if not self._graded:
            raise LabError("the exam is not graded yet")
        return "<!doctype html><html lang=en><title>Report</title><main><h1>Report of the exam</h1></main></html>"

    @property
    def _graded(self) -> bool:
        return bool(self.ended_at) and time.monotonic() > self.ended_at + self.grades_in


class Served:
    """Where it is served, and the way in."""

    def __init__(self, exam: Rehearsal, listener: socket.socket, keys: Keys, server: uvicorn.Server) -> None:
        self.exam = exam
        self.port: int = listener.getsockname()[1]
        self.host = f"{ADDRESS}:{self.port}"
        self.origin = f"http://{self.host}"
        self.cookie_name = f"ckslab-{self.port}"
        self._listener = listener
        self._keys = keys
        self._server = server

    def cut(self, seconds: float = 0.0) -> None:
        """Cut all its connections, and those that come, as a network that went away does."""
        until = time.monotonic() + seconds
        while True:
            for one in list(self._server.server_state.connections):
                if (transport := getattr(one, "transport", None)) is not None:
                    transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            if time.monotonic() >= until:
                return
            time.sleep(0.02)

    def address(self) -> str:
        """Lets one browser in."""
        return entry_address(self._listener, self._keys)


@contextmanager
def served(exam: Rehearsal, argv: Sequence[str] = SHELL, port: int = 0) -> Iterator[Served]:
    """Serve it until the block ends."""
    listener, keys = listen(port), Keys()
    server = make_server(exam, argv, listener, keys)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < until
        time.sleep(0.01)
    try:
        yield Served(exam, listener, keys, server)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        assert not thread.is_alive()
