"""Objects as the API server lists them, in the shape that they should have: nothing of it is taken on trust."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ckslab.cluster.api import Answer, Api

Item = dict[str, Any]
"""An object with its kind; what `_Object` names is there, and of its type."""


def listed(api: Api, path: str) -> Iterator[Item]:
    """The objects of a collection; none where it is not served."""
    return items_of(api.request("GET", path))


def items_of(answer: Answer) -> Iterator[Item]:
    """The objects of a list; one that makes no sense is passed over."""
    body = answer.body if answer.status == 200 and isinstance(answer.body, dict) else {}
    kind, items = str(body.get("kind", "")).removesuffix("List"), body.get("items")
    for item in items if isinstance(items, list) else ():
        if (valid := item_of(item)) is not None:
            yield {"kind": kind, **valid}


def item_of(value: object) -> Item | None:
    """An object, None where it makes no sense."""
    try:
        return _Object.model_validate(value).model_dump()
    except ValidationError:
        return None


def name_of(item: Item) -> str:
    """An object's name."""
    return str(item["metadata"]["name"])


def moment(stamp: str) -> float:
    """An RFC 3339 time stamp in seconds since the epoch; ValueError."""
    try:
        return datetime.datetime.fromisoformat(stamp).timestamp()
    except OverflowError as error:
        raise ValueError(f"{stamp} is out of range") from error


def _is_moment(stamp: str) -> str:
    moment(stamp)
    return stamp


Stamp = Annotated[str, AfterValidator(_is_moment)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Written(_Part):
    time: Stamp | None = None
    subresource: str = ""


class _Metadata(_Part):
    name: str
    creationTimestamp: Stamp | None = None  # noqa: N815 - the API's own name, as those below
    generation: int = 0
    managedFields: tuple[_Written, ...] | None = None  # noqa: N815


class _Condition(_Part):
    type: str
    status: str


class _Pod(_Part):
    id: str = ""
    observedGeneration: int = 0  # noqa: N815


class _Status(_Part):
    observedGeneration: int = 0  # noqa: N815
    availableReplicas: int = 0  # noqa: N815
    conditions: tuple[_Condition, ...] | None = None
    byPod: tuple[_Pod, ...] | None = None  # noqa: N815


class _Object(_Part):
    """What is read of an object, here and by an add-on that enforces policies."""

    metadata: _Metadata
    spec: dict[str, Any] = Field(default_factory=dict)
    status: _Status | None = None
