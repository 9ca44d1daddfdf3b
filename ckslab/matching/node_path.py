"""A path on the node, as parameters of checks name it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

NodePath = Annotated[str, Field(pattern=r"^/[^\x00]*$", max_length=1024)]
"""Absolute, of 1024 characters at most."""
