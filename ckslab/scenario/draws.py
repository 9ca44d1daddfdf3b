"""Words that a lab draws by its seed: which of several things has which part in it, the same for the same seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from ckslab.scenario.placeholders import placeholder
from ckslab.strict import Identifier, Strict

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}$")]
"""Needs no quoting where it is filled in, in YAML, a path or a shell, and holds no placeholder."""

RESERVED = frozenset({"nonce", "fault-log", "cause"})
"""Placeholders that mean something else, or did."""


class Draw(Strict):
    """A pool of words and the parts that a lab gives to some of them.

    of: the words. as: names of the parts; `${NAME}` is the word that this lab's seed gives to it. No word has two.
    """

    of: tuple[Word, ...] = Field(min_length=2, max_length=50)
    as_: tuple[Identifier, ...] = Field(alias="as", min_length=1)

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if len(set(self.of)) < len(self.of):
            raise ValueError("a word stands twice in `of`")
        if len(set(self.as_)) < len(self.as_):
            raise ValueError("a name stands twice in `as`")
        if len(self.as_) > len(self.of):
            raise ValueError(f"`as` has {len(self.as_)} names for {len(self.of)} words")
        if taken := sorted(RESERVED & set(self.as_)):
            raise ValueError(f"{placeholder(taken[0])} means something else: choose another name")
        return self


def placeholders_of(draws: Iterable[Draw]) -> tuple[str, ...]:
    """What stands for drawn words in an author's files."""
    return tuple(placeholder(name) for draw in draws for name in draw.as_)


def drawn_words(draws: Iterable[Draw], seed: int) -> Mapping[str, str]:
    """The word of each placeholder in the lab with this seed."""
    shuffled = ((draw, _shuffled(draw, seed)) for draw in draws)
    return {placeholder(name): words[place] for draw, words in shuffled for place, name in enumerate(draw.as_)}


def _shuffled(draw: Draw, seed: int) -> list[str]:
    """Its words in this lab's order; that of one pool says nothing of another's."""
    salt = f"{seed}/{draw.as_[0]}"
    return sorted(draw.of, key=lambda word: hashlib.sha256(f"{salt}/{word}".encode()).digest())
