"""Of which image each container of a node is, by the image's ID.

A Pod's status says it by one of the image's names with a digest, and a name can be given to another image.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from ckslab.cluster.backend import Node
from ckslab.errors import LabError

ID = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class _Container(BaseModel):
    """One that the container runtime lists (CRI v1, ListContainersResponse)."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    image_id: ID = Field(alias="imageRef")


class _Listed(BaseModel):
    containers: tuple[object, ...]


def image_ids(node: Node) -> dict[str, str]:
    """The image's ID by the container's, of those that run or have ended; LabError when nothing tells."""
    done = node.run(["crictl", "ps", "--all", "--output", "json"], timeout=20)
    try:
        listed = _Listed.model_validate_json(done.stdout).containers
    except ValidationError as error:
        why = done.stderr.decode(errors="replace")[-500:]
        raise LabError("the node's containerd does not tell which containers there are", details=why) from error
    found = {}
    for one in listed:
        try:
            container = _Container.model_validate(one)
        except ValidationError:
            continue  # of another runtime's making, or not yet whole
        found[container.id] = container.image_id
    return found
