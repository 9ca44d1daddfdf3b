"""What a scenario says of Gatekeeper."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from ckslab.strict import Flag, NodePath, Strict


class Gatekeeper(Strict):
    """Gatekeeper on the node, one of: installed and running before the learner comes; or `manifest`: its
    manifest lies at that path, its image in the node's store, and nothing is installed.
    """

    installed: Flag = False
    manifest: NodePath | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.installed == (self.manifest is not None):
            raise ValueError("say how it is there, in one way: `installed: true` or `manifest: PATH`")
        return self
