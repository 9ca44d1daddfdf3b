"""Digests of the lab's images in the objects of its set-up, read of the node's store: of its architecture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ckslab.cluster.backend import Node
from ckslab.cluster.node.image_names import stored_names
from ckslab.errors import LabError
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.scenario import digest_words


def with_digests(objects: Sequence[Mapping[str, Any]], node: Node) -> list[Any]:
    """The objects with each `${digest-of NAME}` filled in; LabError where the store does not hold NAME."""
    if not any(True for _ in digest_words.images_in(list(objects))):
        return list(objects)
    known = stored_names(node)

    def digest_of(name: str) -> str:
        parsed = parse_image_reference(name)
        whole = f"{parsed.registry}/{parsed.repository}:{parsed.tag or 'latest'}" if parsed else name
        if whole not in known:
            raise LabError(f"the node's store does not hold {name}, whose digest an object of the set-up has")
        return known[whole]

    return [digest_words.with_digests(item, digest_of) for item in objects]
