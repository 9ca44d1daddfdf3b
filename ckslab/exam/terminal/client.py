"""One question of a program on base, and the answer to it, line by line: untrusted, and so bounded."""

from __future__ import annotations

import json
import select
import socket
import time
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAX_LINE = 64 << 10
FIRST_SECONDS = 5.0
"""How long whoever connects may take to say what it wants."""


class Gone(Exception):
    """Whoever asked is not there any more: Ctrl-C, or the end of its shell."""


class Question(BaseModel):
    """What was typed."""

    model_config = ConfigDict(frozen=True)

    program: str = Field(max_length=32)
    arguments: tuple[str, ...] = Field((), max_length=200)
    terminal: bool = False


class _Reply(BaseModel):
    answer: str | None


@dataclass
class Client:
    """The connection. All methods raise Gone."""

    connection: socket.socket
    _rest: bytes = b""

    def question(self) -> Question:
        """What it wants."""
        try:
            return Question.model_validate_json(self._line(FIRST_SECONDS))
        except ValidationError as error:
            raise Gone from error

    def out(self, text: str) -> None:
        """Print a text."""
        self._print("out", text)

    def err(self, text: str) -> None:
        """Print a text as an error."""
        self._print("err", text)

    def ask(self, text: str, seconds: float = 600.0) -> str | None:
        """What is typed after `text`, without the line end; None where input ends."""
        self._send({"ask": text})
        try:
            typed = _Reply.model_validate_json(self._line(seconds)).answer
        except ValidationError as error:
            raise Gone from error
        return typed if typed is None else typed.strip()

    def exit(self, code: int) -> None:
        """End the program."""
        self._send({"exit": code})

    def gone(self) -> bool:
        """Whether it ended; at once."""
        ready, _, _ = select.select([self.connection], [], [], 0)
        if not ready:
            return False
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _print(self, where: str, text: str) -> None:
        """In parts: lines are bounded on their side, too."""
        for begin in range(0, len(text), MAX_LINE):
            self._send({where: text[begin : begin + MAX_LINE]})

    def _send(self, answer: dict[str, str | int]) -> None:
        try:
            self.connection.settimeout(30.0)
            self.connection.sendall(json.dumps(answer).encode() + b"\n")
        except OSError as error:
            raise Gone from error

    def _line(self, seconds: float) -> bytes:
        until = time.monotonic() + seconds
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or len(self._rest) > MAX_LINE:
                raise Gone
            try:
                self.connection.settimeout(left)
                chunk = self.connection.recv(4096)
            except OSError as error:
                raise Gone from error
            if not chunk:
                raise Gone
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line
