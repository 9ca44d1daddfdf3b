"""Waiting is bounded, and ends at once with the node that is waited for."""

from __future__ import annotations

import time
from itertools import count
from types import SimpleNamespace

import pytest

from ckslab.errors import LabError
from ckslab.waiting import polls, wait_until


def test_the_first_value_that_is_there_is_given() -> None:
    tries = count()
    assert wait_until("a third try", lambda: next(tries) // 2, 5, every=0.001) == 1


def test_what_did_not_come_is_named_with_what_there_is_to_say() -> None:
    with pytest.raises(LabError) as caught:
        wait_until("Gatekeeper to start", lambda: "", 0.01, details=lambda: "no pod", advice="next: look")
    error = caught.value
    assert error.message == "waited 0 s for Gatekeeper to start, in vain"
    assert (error.details, error.advice) == ("no pod", "next: look")


def test_it_is_asked_once_whatever_the_time() -> None:
    assert wait_until("this", lambda: 5, 0) == 5


def test_a_node_that_has_ended_is_not_waited_for() -> None:
    begin = time.monotonic()
    with pytest.raises(LabError, match="the lab's node ended"):
        wait_until("a pod", lambda: None, 60, node=SimpleNamespace(ended=lambda: True))
    assert time.monotonic() - begin < 5


def test_polls_tell_how_long_it_has_been(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("ckslab.waiting.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("ckslab.waiting.time.sleep", lambda seconds: clock.append(clock.pop() + seconds))
    assert list(polls(1.0, every=0.25)) == [0.0, 0.25, 0.5, 0.75, 1.0]
