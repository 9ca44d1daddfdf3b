"""Whether a check's probes expect a denial without a control: something that must be admitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

_DENIED = ("denied", "denied-by")
_ADMITTED = "admitted"
_STOPPED = "while-stopped"


def lacks_control(params: BaseModel) -> bool:
    """True when a probe in the parameters has `denied-by` and none has `admitted: true`.

    A probe while a service is stopped needs no control: only the stopped service gives its reason.
    The keys are looked for at any depth, so that it holds for checks made of checks too.
    """
    probes = list(_mappings(params.model_dump(by_alias=True)))
    if any(probe.get(_STOPPED) for probe in probes):
        return False
    denials = any(probe.get(key) for probe in probes for key in _DENIED)
    return denials and not any(probe.get(_ADMITTED) for probe in probes)


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _mappings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _mappings(item)
