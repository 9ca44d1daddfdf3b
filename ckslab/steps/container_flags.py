"""Flags of a container's command line, written `--f=v` or `--f v`, in `command` or `args`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.comments import CommentedSeq

from ckslab.steps.yaml_edit import ValueEditError, editable


@dataclass(frozen=True, slots=True)
class _Place:
    """One argument that gives a flag: `apart` when its value is the next argument."""

    words: Any
    index: int
    value: str
    apart: bool


def set_flag(container: Any, name: str, value: str) -> None:
    """Give a flag one value: the last place that gives it is changed, others go."""
    places = _places(container, name)
    if [place.value for place in places] == [value]:
        raise ValueEditError(f"--{name} already has this value")
    for place in reversed(places[:-1]):
        _delete(place)
    if places:
        _write(_places(container, name)[-1], name, value)
    else:
        _words(container).append(editable(f"--{name}={value}"))


def add_to_flag(container: Any, name: str, values: Sequence[str]) -> None:
    """Join values to a flag's comma-separated list (its last place, if it comes several times)."""
    places = _places(container, name)
    there = [one for place in places for one in place.value.split(",") if one]
    if known := [value for value in values if value in there]:
        raise ValueEditError(f"--{name} already has {', '.join(known)}")
    if not places:
        _words(container).append(editable(f"--{name}={','.join(values)}"))
        return
    _write(places[-1], name, ",".join([*(one for one in places[-1].value.split(",") if one), *values]))


def remove_flag(container: Any, name: str) -> None:
    """Remove every argument that gives a flag."""
    places = _places(container, name)
    if not places:
        raise ValueEditError(f"there is no flag --{name} to remove")
    for place in reversed(places):
        _delete(place)


def append_arguments(container: Any, arguments: Sequence[str]) -> None:
    """Put arguments last, as they are."""
    for argument in arguments:
        _words(container).append(editable(argument))


def _words(container: Any) -> Any:
    """Where flags go: `args` if the container has them, else `command` (as kubeadm writes it)."""
    for key in ("args", "command"):
        if isinstance(container.get(key), list):
            return container[key]
    container["args"] = CommentedSeq()
    return container["args"]


def _places(container: Any, name: str) -> list[_Place]:
    lists = [container[key] for key in ("command", "args") if isinstance(container.get(key), list)]
    return [place for words in lists for place in _places_in(words, name)]


def _places_in(words: Any, name: str) -> Iterator[_Place]:
    for index, word in enumerate(words):
        if str(word).startswith(f"--{name}="):
            yield _Place(words, index, str(word).partition("=")[2], apart=False)
        elif str(word) == f"--{name}":
            following = str(words[index + 1]) if index + 1 < len(words) else "--"
            apart = not following.startswith("-")
            yield _Place(words, index, following if apart else "", apart)


def _write(place: _Place, name: str, value: str) -> None:
    if place.apart:
        place.words[place.index + 1] = editable(value)
    else:
        place.words[place.index] = editable(f"--{name}={value}")


def _delete(place: _Place) -> None:
    if place.apart:
        del place.words[place.index + 1]
    del place.words[place.index]
