"""Images that only look as if a policy on registries or digests let them in: rows that an author need not write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import field_validator, model_validator

from ckslab.evidence import Params
from ckslab.probing.policy_row import Row

HEX = "6c3c624b58dbbcd3c0dd82b4c53f04194d1247c6eebdaab7c610cf7d66709b3b"
"""64 hexadecimal digits."""

_PLACE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)+(?::[0-9]+)?(?:/[a-z0-9._-]+)*/")


class LookAlikes(Params):
    """Rows that are denied (or warned) because their image only looks like an allowed one.

    registries: beginnings of the names of all images that are let in, each a registry, with a path or without, and
    a slash at its end. digest: images are let in by a digest at their end only. container: which container has
    the image: `image`, `init`, `ephemeral` or `update` of a row. beside: the image of the main container beside
    `init` (the first registry's `app`). namespace: of the rows.
    """

    registries: tuple[str, ...] = ()
    digest: bool = False
    container: Literal["image", "init", "ephemeral", "update"] = "image"
    beside: str | None = None
    namespace: str | None = None

    @field_validator("registries")
    @classmethod
    def _places(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for place in given:
            if not _PLACE.fullmatch(place):
                raise ValueError(f"{place!r} is no registry with a slash at its end, such as registry.lab.local/")
        return given

    @model_validator(mode="after")
    def _something(self) -> LookAlikes:
        if bool(self.registries) == self.digest:
            raise ValueError("give one of registries and digest: true")
        if self.beside is not None and self.container != "init":
            raise ValueError("beside goes with container: init")
        return self

    def rows(self) -> tuple[Row, ...]:
        """One row for each look-alike, with the reason why it is none of the allowed ones."""
        return tuple(self._row(image, reason) for image, reason in dict(self._images()).items())

    def _row(self, image: str, reason: str) -> Row:
        fields: dict[str, str | None] = {self.container: image, "reason": reason, "namespace": self.namespace}
        if self.container == "init":
            first = self.registries[0] if self.registries else "registry.example.com/"
            fields["image"] = self.beside or f"{first}app@sha256:{HEX}"
        return Row.model_validate(fields)

    def _images(self) -> Iterator[tuple[str, str]]:
        if self.digest:
            yield from _not_by_digest()
        for place in self.registries:
            for image, reason in _not_from(place):
                if not image.startswith(self.registries):
                    yield image, reason


def _not_from(place: str) -> Iterator[tuple[str, str]]:
    """Images of other places: each is let in by a rule that somebody wrote for this one."""
    registry, _, path = place.rstrip("/").partition("/")
    rest = f"/{path}" if path else ""
    host, _, port = registry.partition(":")
    for number, character in enumerate(host):
        if character == ".":
            # in a regular expression a dot that is not escaped stands for any character
            yield f"{place[:number]}-{place[number + 1 :]}app:1.0", "a look-alike: another registry"
    yield f"{host}.evil.example{rest}/app:1.0", "a look-alike: another domain"
    yield f"{host}x{':' + port if port else ''}{rest}/app:1.0", "a look-alike: a longer name"
    yield f"my-{place}app:1.0", "a look-alike: a longer name"
    yield f"evil.{place}app:1.0", "a look-alike: a subdomain"
    yield f"{host}:{'5001' if port == '5000' else '5000'}{rest}/app:1.0", "another port is another registry"
    yield f"mirror.example/{place}app:1.0", "the name inside a path"
    yield f"{place.upper()}app:1.0", "names are read as they are written"
    yield f"{place.rstrip('/')}:1.0", "nothing behind the name"
    if path:
        yield f"{registry}{rest}x/app:1.0", "a look-alike: another path"
        yield f"{registry}/other{rest}/app:1.0", "a look-alike: another path"
        yield f"{registry}/{path.replace('/', '-')}-evil/app:1.0", "a look-alike: another path"
        yield f"{registry}/app:1.0", "another path of the registry"


def _not_by_digest() -> Iterator[tuple[str, str]]:
    """Names that hold something like a digest, and are pinned to nothing."""
    image = "registry.example.com/team/app"
    yield f"{image}:1.0", "a tag"
    yield f"{image}@sha256:{HEX}0", "65 digits"
    yield f"{image}@sha256:{HEX[:-1]}", "63 digits"
    yield f"{image}@sha256:{HEX[:-1]}g", "not hexadecimal"
    yield f"{image}@sha256:{'z' * 64}", "not hexadecimal"
    yield f"{image}@sha256:{HEX}:1.0", "the digest is not at the end"
    yield f"{image}@sha256:{HEX}-slim", "the digest is not at the end"
    yield f"{image}@sha256:{HEX}/app", "the digest is not at the end"
    yield f"{image}:sha256-{HEX}", "a tag that looks like a digest"
    yield f"{image}:{HEX}", "a tag of 64 digits"
    yield f"sha256:{HEX}", "a tag and no digest"
    yield f"{image}@{HEX}", "no algorithm"
    yield f"{image}@sha256:", "no digits"
