"""How large a terminal is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ckslab.strict import Strict

Cells = Annotated[int, Field(ge=2, le=1000)]


class Size(Strict):
    """In characters; what a page may ask for is bounded."""

    columns: Cells = 80
    rows: Cells = 24
