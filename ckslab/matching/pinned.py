"""By what an image's name is pinned, so that it stays the same image: a tag other than latest, or a digest."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from ckslab.kubernetes.image_reference import ImageReference

Pinned = Literal["tag", "digest", "either"]

PIN_WORDS: dict[Pinned, str] = {
    "tag": "a tag other than latest",
    "digest": "a digest",
    "either": "a tag other than latest, or a digest",
}
"""What is wanted, in words that follow "an image with"."""


def is_pinned(image: ImageReference, by: Pinned, moving: Collection[str] = ()) -> bool:
    """Whether its name holds what is wanted. A name without a tag means latest.

    moving: other tags that name another image tomorrow, such as `rolling` of ubuntu.
    """
    tagged = image.tag.lower() not in ("", "latest", *moving)
    return {"tag": tagged, "digest": bool(image.digest), "either": tagged or bool(image.digest)}[by]
