"""What a scenario says of a registry."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from ckslab.strict import NodePath, Strict


class Registry(Strict):
    """A registry at `HOST:PORT`, reached on the node and by its pods and containers.

    user: who alone may pull and push, with a password that is the lab's own; without one all may. login_file: where
    the learner finds address, user and password.
    """

    host: str = Field("registry.lab.local", pattern=r"^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$")
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 5000
    user: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$")] | None = None
    login_file: NodePath | None = None

    @property
    def address(self) -> str:
        """HOST:PORT, as names of images begin."""
        return f"{self.host}:{self.port}"

    @model_validator(mode="after")
    def _whose_login(self) -> Registry:
        if self.login_file is not None and self.user is None:
            raise ValueError("login-file is about a user, and none is named")
        return self
