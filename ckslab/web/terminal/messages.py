"""What pages and terminals say to each other over a websocket: bytes are bytes of the terminal, texts are these.

A page begins with `attach`. It says `drawn` when it has drawn more bytes, and sends more than INPUT_WINDOW bytes
only when `taken` said that others were. Counts are of bytes since the last such message.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from ckslab.strict import Strict
from ckslab.web.terminal.size import Size

MAX_MESSAGE = 64 << 10
"""Bytes of one message."""


class Attach(Strict):
    """The page looks on from now on, at this size."""

    type: Literal["attach"]
    size: Size


class Resize(Strict):
    """The page has another size now."""

    type: Literal["resize"]
    size: Size


class Drawn(Strict):
    """So many more bytes were drawn."""

    type: Literal["drawn"]
    bytes: Annotated[int, Field(ge=0, le=1 << 30)]


Said = Annotated[Attach | Resize | Drawn, Field(discriminator="type")]

SAID: TypeAdapter[Attach | Resize | Drawn] = TypeAdapter(Said)


class Replay(Strict):
    """So many of the bytes that follow were printed before."""

    type: Literal["replay"] = "replay"
    bytes: int


class Taken(Strict):
    """So many more bytes of input were taken."""

    type: Literal["taken"] = "taken"
    bytes: int


class Ended(Strict):
    """The program ended."""

    type: Literal["ended"] = "ended"
    code: int


class Replaced(Strict):
    """Another page has this terminal now."""

    type: Literal["replaced"] = "replaced"
