"""Steps that are commands: run one on the node as the learner would; wait for the control plane."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ckslab.strict import Strict


class Run(Strict):
    """Run a line of shell as root on the node; `timeout` in seconds; another exit code is an error."""

    run: str = Field(min_length=1)
    timeout: Annotated[int, Field(strict=True, ge=1, le=600)] = 60
    exit_code: Annotated[int, Field(strict=True, ge=0, le=255)] = 0


class Wait(Strict):
    """Wait until the control plane is settled: it is ready, or has ended on the files as they are."""

    wait: Literal["ready"]
