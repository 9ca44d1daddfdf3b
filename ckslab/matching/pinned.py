"""By what an image's name is pinned, so that it stays the same image: a tag other than latest, or a digest."""

from __future__ import annotations

from typing import Literal

from ckslab.kubernetes.image_reference import ImageReference
from ckslab.matching.pattern import Pattern, matches

Pinned = Literal["tag", "digest", "either"]

PIN_WORDS: dict[Pinned, str] = {
    "tag": "a tag other than latest",
    "digest": "a digest",
    "either": "a tag other than latest, or a digest",
}
"""What is wanted, in words that follow "an image with"."""


def is_pinned(image: ImageReference, by: Pinned, tags: Pattern | None = None) -> bool:
    """Whether its name holds what is wanted. A name without a tag means latest; a digest of zeros is none.

    tags: what a tag of one release looks like; another one, such as `rolling`, may be another image tomorrow.
    """
    tagged = image.tag.lower() not in ("", "latest") and (tags is None or matches(tags, image.tag))
    digest = bool(image.digest)
    return not zeros(image) and {"tag": tagged, "digest": digest, "either": tagged or digest}[by]


def zeros(image: ImageReference) -> bool:
    """Whether it has a digest that no image has: where one is to be filled in, zeros stand."""
    return bool(image.digest) and not image.digest.partition(":")[2].strip("0")
