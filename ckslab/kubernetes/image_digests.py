"""The digests of an image, which are several, and what a text that names an image by one of them says.

An image has a manifest; its digest, or that of an index in which it is listed, is what stands behind `name@`. The
manifest names a configuration, whose digest is the image's ID (image-spec v1.1, config.md). containerd takes an
ID in the place of a name, and the beginning of an ID, too. So an image is told by sets of digests and never by
one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ckslab.kubernetes.image_reference import parse_image_reference

ALGORITHM = "sha256"
"""Of all digests that containerd makes (github.com/opencontainers/go-digest: Canonical)."""

DIGITS = 64

_HEX, _ANY_HEX = re.compile(r"[0-9a-f]*"), re.compile(r"[0-9a-fA-F]*")


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image of a node's store.

    names: with a tag or a digest, as the store has them. digests: of its manifest and of an index that lists it,
    each of which may stand behind `name@`. ids: digests of its configurations, one for each platform that is there.
    """

    names: tuple[str, ...]
    digests: frozenset[str]
    ids: frozenset[str]

    @property
    def title(self) -> str:
        """What people call it: a name with a tag, where it has one."""
        return next(
            (name for name in self.names if "@" not in name), next(iter(self.names), "an image without a name")
        )

    def has(self, digest: str) -> bool:
        """Whether it is one of its digests, or its ID."""
        return digest in self.digests | self.ids

    def meant_by(self, pin: Pin) -> bool:
        """Whether a pin leads to it: by the digest behind its name, or by its ID."""
        return pin.digest in (self.digests if pin.name else self.ids)


@dataclass(frozen=True, slots=True)
class Pin:
    """A text that names an image by a whole digest. name: registry and repository in full, "" for an image's ID."""

    name: str
    digest: str


def read_pin(text: str) -> Pin | str:
    """The pin in an `image:`; in a sentence why it is none.

    A tag before the digest counts for nothing: neither the kubelet nor containerd reads it.
    """
    _, at, digest = text.partition("@")
    if at:
        problem, parsed = digest_problem(digest), parse_image_reference(text)
        if not problem and parsed is not None:
            return Pin(f"{parsed.registry}/{parsed.repository}", digest)
        return (
            f"what stands after the @ is no digest: {problem}" if problem else "the kubelet takes it for no image"
        )
    if text.startswith(f"{ALGORITHM}:"):
        problem = digest_problem(text)
        return f"it is no whole ID of an image: {problem}" if problem else Pin("", text)
    if len(text) == DIGITS and _ANY_HEX.fullmatch(text):
        return f"the kubelet takes digits alone for no image: {ALGORITHM}: stands before an image's ID"
    return _without_digest(text)


def _without_digest(text: str) -> str:
    parsed = parse_image_reference(text)
    if parsed is None:
        return "the kubelet takes it for no image"
    if len(parsed.tag) == DIGITS and _ANY_HEX.fullmatch(parsed.tag):
        return f"the digits are its tag, and no digest: that is written name@{ALGORITHM}:DIGITS"
    if parsed.tag:
        return "it is named by its tag alone, and a tag can be given to another image"
    return "it is named by neither tag nor digest, which means the tag latest"


def digest_problem(text: str) -> str:
    """Why a text is no digest such as `sha256:` and 64 hexadecimal digits; "" where it is one."""
    algorithm, colon, digits = text.partition(":")
    if not colon:
        return f"{ALGORITHM}: and {DIGITS} hexadecimal digits make one"
    if algorithm != ALGORITHM:
        return f"{ALGORITHM} is what a node knows its images by" + (
            ", in lower case" if algorithm.lower() == ALGORITHM else ""
        )
    if len(digits) == DIGITS and _ANY_HEX.fullmatch(digits):
        return "" if _HEX.fullmatch(digits) else "its digits are written in lower case"
    bare = digits.rstrip(".…")
    if not _ANY_HEX.fullmatch(bare):
        return f"after {ALGORITHM}: stand {DIGITS} hexadecimal digits and nothing else"
    return (
        f"it is cut: {len(bare)} of {DIGITS} digits" if len(bare) < DIGITS else f"it has more than {DIGITS} digits"
    )


def image_named(text: str, store: Iterable[StoredImage]) -> StoredImage | None:
    """The image to which an `image:` leads, by name or by digest; None where the store has none."""
    pin, parsed = read_pin(text), parse_image_reference(text)
    if isinstance(pin, Pin):
        return next((image for image in store if image.meant_by(pin)), None)
    if parsed is None:
        return None
    name = f"{parsed.registry}/{parsed.repository}:{parsed.tag or 'latest'}"
    return next((image for image in store if name in image.names), None)


def other_image(pin: Pin, right: StoredImage, store: Iterable[StoredImage]) -> str:
    """What a pin leads to that is not the right image, in a sentence; "" where it leads to that one.

    store: all images of the node, the right one among them or not.
    """
    if right.meant_by(pin):
        return ""
    if pin.digest in right.ids:
        return "it is this image's ID, and what stands after the @ is the digest of its manifest"
    if pin.digest in right.digests:
        return (
            "it is the digest of this image's manifest, which stands after a name and @; alone stands an image's ID"
        )
    for image in store:
        if pin.digest in image.digests:
            return f"it is the digest of {image.title}"
        if pin.digest in image.ids:
            return f"it is the ID of {image.title}"
    return "the node had no image with this digest at the start"


def another_image(text: str, named: str, right: StoredImage, store: Iterable[StoredImage]) -> str:
    """Why an `image:` does not name the image that another one, `named`, meant; "" where it does, under its name.

    By a tag or by a digest. right: the image that was meant. store: all images of the node, as named then.
    """
    pin, images = read_pin(text), list(store)
    name, has = repository(named), pin.name if isinstance(pin, Pin) else repository(text)
    if has != name:
        return f"it is named {has or 'nothing'}, and was {name}"
    if isinstance(pin, Pin):
        return other_image(pin, right, images)
    return "" if image_named(text, images) == right else "this name was not that image's at the start"


def repository(text: str) -> str:
    """Registry and repository in full of an image's name; the text itself where it is none."""
    parsed = parse_image_reference(text)
    return f"{parsed.registry}/{parsed.repository}" if parsed else text
