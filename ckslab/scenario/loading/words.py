"""What a lab fills in for the placeholders of its scenario: its nonce, and what its seed draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from ckslab.scenario.draws import Draw, drawn_words, placeholders_of
from ckslab.scenario.loading.source import Source
from ckslab.scenario.placeholders import NONCE

_DRAWS: TypeAdapter[tuple[Draw, ...]] = TypeAdapter(Annotated[tuple[Draw, ...], Field(max_length=10)])


def lab_words(source: Source, nonce: str | None, seed: int | None) -> dict[str, str]:
    """The words of the lab with this nonce and seed, by placeholder.

    None where there is no lab; no drawn ones where its seed does not tell them, or where `draws` are written
    wrongly (the document as a whole says how).
    """
    if nonce is None:
        return {}
    return {NONCE: nonce} | ({} if seed is None else dict(drawn_words(_draws(source), seed)))


def open_placeholders(draws: Sequence[Draw], words: dict[str, str]) -> list[str]:
    """The placeholders that a lab would fill in, and for which there is no word."""
    return [one for one in (NONCE, *placeholders_of(draws)) if one not in words]


def _draws(source: Source) -> tuple[Draw, ...]:
    try:
        return _DRAWS.validate_python(source.value.get("draws", ()))
    except ValidationError:
        return ()
