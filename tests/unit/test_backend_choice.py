"""Which backend a new lab gets where the user names none."""

from __future__ import annotations

from typing import Any

import pytest

from ckslab.cluster.backend import Availability
from ckslab.errors import MissingCapability
from ckslab.lab import backends, catalogue


class Stand:
    def __init__(self, name: str, usable: bool, *capabilities: str) -> None:
        self.name, self._usable, self._has = name, usable, frozenset(capabilities)

    def availability(self) -> Availability:
        return Availability(self._usable, "" if self._usable else "it is not there")

    def capabilities(self) -> frozenset[str]:
        return self._has


PLAIN = ("static-pods", "running-pods")
WHOLE = (*PLAIN, "many-ids", "services")


@pytest.mark.parametrize(
    ("kind", "local", "scenario", "taken", "why"),
    [
        ((True, *PLAIN), (True, *PLAIN), "ipw-complete", "kind", "a container engine answers"),
        ((False, *PLAIN), (True, *PLAIN), "ipw-complete", "local", "no kind cluster here: it is not there"),
        ((True, *PLAIN), (True, *WHOLE), "k8strustedimages", "local", "kind has no many-ids, services"),
        ((True, *PLAIN), (True, *PLAIN), "k8strustedimages", None, "the local backend has not"),
        ((True, *PLAIN), (False, *PLAIN), "k8strustedimages", None, "no local cluster can run here"),
    ],
)
def test_auto(
    kind: Any, local: Any, scenario: str, taken: str | None, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = {"kind": Stand("kind", *kind), "local": Stand("local", *local)}
    monkeypatch.setattr(backends, "backend", lambda name, _image=None: stands[name])
    loaded = catalogue.load_scenario(scenario, catalogue.scenario_roots())
    if taken is None:
        with pytest.raises(MissingCapability, match=why):
            backends.choose("auto", loaded)
        return
    choice = backends.choose("auto", loaded)
    assert (choice.backend.name, choice.why) == (taken, why)
