"""What a scenario says of an image scanner."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ckslab.strict import Strict


class DenyRule(Strict):
    """An image pattern (`*` any characters, `?` one) that the scanner refuses, and its reason."""

    image: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class ImageScanner(Strict):
    """The webhook backend behind `https://HOST:PORT/PATH`: TLS, client certificate demanded."""

    host: str = Field("scanner.lab", pattern=r"^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$")
    port: Annotated[int, Field(strict=True, ge=1024, le=65535)] = 8443
    path: str = Field("/review", pattern=r"^/[A-Za-z0-9._/-]*$")
    deny: tuple[DenyRule, ...] = Field(min_length=1)
