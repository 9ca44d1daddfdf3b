"""`${digest-of NAME}` in an object of the set-up: the digest of an image of `setup.images`, as the lab has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_WORD = re.compile(r"\$\{digest-of ((?:[^{}\s]|\$\{[a-z0-9-]+\})+)\}")


def images_in(value: Any) -> Iterator[str]:
    """The images whose digest is asked for in any string of the plain value."""
    if isinstance(value, str):
        yield from _WORD.findall(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from images_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from images_in(item)


def with_digests(value: Any, digest_of: Callable[[str], str]) -> Any:
    """The plain value with each of these words replaced by what `digest_of` says of its image."""
    if isinstance(value, str):
        return _WORD.sub(lambda found: digest_of(found[1]), value)
    if isinstance(value, dict):
        return {key: with_digests(item, digest_of) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_digests(item, digest_of) for item in value]
    return value
