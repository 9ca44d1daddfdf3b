"""API objects, as the API server gives them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ckslab.errors import CkslabError
from ckslab.evidence import Fact, Need, Unavailable

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.needs.sources import Sources


TRIAL = "ckslab.trial"
"""The label of the constraint that grading itself makes for a moment, and of the Pods that it matches."""


def trial_match(nonce: str) -> dict[str, Any]:
    """What the constraint of a trial matches: Pods of that trial alone."""
    return {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}], "labelSelector": {"matchLabels": {TRIAL: nonce}}}


@dataclass(frozen=True, slots=True)
class ObjectsFact:
    """API objects as the server gave them: for a need with a name, none (not found) or one.

    served: whether the server serves the kind at all (a custom resource may not be defined).
    """

    items: tuple[Mapping[str, Any], ...]
    served: bool = True


@dataclass(frozen=True, slots=True)
class ObjectNeed(Need[ObjectsFact]):
    """API objects: one by name, or all of a kind."""

    live: ClassVar[bool] = True
    api_version: str
    kind: str
    namespace: str | None = None
    name: str | None = None

    def words(self) -> str:
        """What is asked."""
        return f"which {self.kind} objects there are"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Get them from the API server."""
        from ckslab.needs.api_server import NOT_READY

        if not sources.api.ready():
            return dict.fromkeys(needs, NOT_READY)
        return {need: objects(sources.api, need) for need in needs}


@dataclass(frozen=True, slots=True)
class InitialObjectNeed(Need[ObjectsFact]):
    """API objects as they were when the lab was handed to the learner: one by name, or all of a kind."""

    live: ClassVar[bool] = True
    api_version: str
    kind: str
    namespace: str | None = None
    name: str | None = None

    def words(self) -> str:
        """What is asked."""
        return f"which {self.kind} objects there were at the start"

    @property
    def now(self) -> ObjectNeed:
        """The same objects as they are."""
        return ObjectNeed(self.api_version, self.kind, self.namespace, self.name)

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Take what the lab kept at its start."""
        kept = sources.lab.initial_objects()
        reset = Unavailable("this lab kept no objects of its start: ckslab reset makes it anew")
        return {need: kept.get(need.now, reset) for need in needs}


def objects(api: Api, need: ObjectNeed) -> ObjectsFact | Unavailable:
    """Get them from the API server."""
    from ckslab.cluster.api import NotServed

    try:
        path = api.path_of(need.api_version, need.kind, need.namespace, need.name)
    except NotServed:
        return ObjectsFact((), served=False)
    except CkslabError as error:
        return Unavailable(error.message, api_down=not api.ready())
    answer = api.request("GET", path)
    if answer.status == 404:
        return ObjectsFact(())
    if answer.status != 200:
        return Unavailable(f"the API server did not answer: {answer.text[:200]}", api_down=answer.status == 0)
    items = [answer.body] if need.name else _at(answer.body, "items")
    if not isinstance(items, list) or not all(_has_name(item) for item in items):
        return Unavailable(f"the API server's answer about {need.kind} objects makes no sense")
    return ObjectsFact(tuple(item for item in items if not _of_a_trial(item)))


def _of_a_trial(item: Mapping[str, Any]) -> bool:
    """Whether it is the constraint of a trial, none of the learner's objects: nobody hides by its label what does
    anything to others.
    """
    nonce = (item["metadata"].get("labels") or {}).get(TRIAL)
    return nonce is not None and _at(item.get("spec"), "match") == trial_match(nonce)


def _has_name(item: Any) -> bool:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    return isinstance(metadata, dict) and isinstance(metadata.get("name"), str)


def _at(body: Any, key: str) -> Any:
    return body.get(key, []) if isinstance(body, dict) else None
