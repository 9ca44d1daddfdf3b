"""Grading waits until policies act: what is new, or not yet seen by Gatekeeper's pods, is awaited."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.add_ons.gatekeeper import policies as gatekeeper
from ckslab.add_ons.gatekeeper.policies import Policies, gatekeeper_awaited
from ckslab.cluster.api import Answer
from ckslab.control_plane import policies
from ckslab.control_plane.listed import item_of
from ckslab.control_plane.policies import policy_awaited, settle_policies
from ckslab.progress import Silent

NOW = 1_800_000_000.0


def stamp(age: float) -> str:
    moment = datetime.datetime.fromtimestamp(NOW - age, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def native(
    age: float, *, kind: str = "ValidatingAdmissionPolicyBinding", edited: float | None = None, **more: Any
) -> Any:
    fields = [{"time": stamp(edited)}] if edited is not None else []
    metadata = {"name": "p", "creationTimestamp": stamp(age), "managedFields": fields, "generation": 2}
    return {"kind": kind, **item_of({"metadata": metadata, **more})}


def seen(generation: int, *pods: str) -> Any:
    by_pod = [{"id": pod, "observedGeneration": generation} for pod in pods]
    return {"kind": "K", "metadata": {"name": "c", "generation": 2}, "status": {"byPod": by_pod}}


class TestNativePolicies:
    @pytest.mark.parametrize(
        ("item", "awaited"),
        [
            (native(60), False),
            (native(1), True),
            (native(60, edited=1), True),
            (native(-60), False),  # a clock that is ahead is no reason to wait for ever
            (native(60, kind="ValidatingAdmissionPolicy"), True),
            (native(60, kind="ValidatingAdmissionPolicy", status={"observedGeneration": 2}), False),
            (native(60, kind="ValidatingAdmissionPolicy", status={"observedGeneration": 1}), True),
        ],
    )
    def test_age_and_type_check(self, item: Any, awaited: bool) -> None:
        assert bool(policy_awaited([item], NOW)) is awaited

    def test_a_status_written_a_moment_ago_is_no_change(self) -> None:
        item = native(60)
        item["metadata"]["managedFields"] = ({"time": stamp(0), "subresource": "status"},)
        assert policy_awaited([item], NOW) == ""


class TestGatekeeper:
    @pytest.mark.parametrize(
        ("item", "awaited"),
        [
            (seen(2, "a", "b"), False),
            (seen(2, "a"), True),
            (seen(1, "a", "b"), True),
            (seen(2, "a", "b", "gone"), False),
            ({"kind": "K", "metadata": {"name": "c", "generation": 2}}, True),
            ({"kind": "K", "metadata": {"name": "c", "generation": 2}, "status": None}, True),
            ({"kind": "K", "metadata": {"name": "c", "generation": 2}, "status": {"byPod": None}}, True),
        ],
    )
    def test_every_webhook_pod_has_seen_it(self, item: Any, awaited: bool) -> None:
        pods = frozenset({"a", "b"})
        for state in (Policies(pods=pods, templates=(item,)), Policies(pods=pods, constraints=(item,))):
            assert bool(gatekeeper.policy_awaited(state)) is awaited

    @pytest.mark.parametrize(
        ("controller", "awaited"),
        [
            (None, False),
            ({"spec": {"replicas": 0}}, False),
            ({"spec": {"replicas": 1}}, True),
            ({"spec": {}, "status": {"availableReplicas": 1}}, False),
        ],
    )
    def test_itself(self, controller: Any, awaited: bool) -> None:
        assert bool(gatekeeper_awaited(Policies(controller=controller))) is awaited


class Told(Silent):
    def __init__(self) -> None:
        self.steps: list[str] = []

    def step(self, text: str) -> None:
        self.steps.append(text)


class NewBinding:
    """An API server with one binding, made just now by its own clock, which has nothing to do with this machine's."""

    def __init__(self, *items: Any) -> None:
        made_now = {"metadata": {"name": "b", "creationTimestamp": stamp(0), "generation": 1}}
        self.items = list(items) or [made_now]

    def request(self, _method: str, path: str) -> Answer:
        if path.endswith("bindings"):
            body = {"kind": "ValidatingAdmissionPolicyBindingList", "items": self.items}
            return Answer(200, body, "", date=NOW)
        return Answer(404, None, "", date=NOW)


def test_waiting_is_told_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    awaited = settle_policies(NewBinding(), told, limit=0.6)  # type: ignore[arg-type]
    assert awaited == "ValidatingAdmissionPolicyBinding b to act"
    assert told.steps == [f"waiting for {awaited}"]
    monkeypatch.setattr(policies, "SETTLED", 0.0)
    assert settle_policies(NewBinding(), Silent()) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize(("age", "awaited"), [(0, True), (2, True), (4, False), (-60, False)])
def test_a_policys_age_is_told_by_the_clock_that_wrote_its_stamps(age: float, awaited: bool) -> None:
    """NOW is months from this machine's time."""
    api = NewBinding({"metadata": {"name": "b", "creationTimestamp": stamp(age)}})
    assert bool(settle_policies(api, Silent(), limit=-1.0)) is awaited  # type: ignore[arg-type]


KNOWN = {"name": "b", "creationTimestamp": stamp(0)}


@pytest.mark.parametrize(
    "bad",
    [
        5,
        None,
        [],
        {},
        {"metadata": []},
        {"metadata": KNOWN, "status": []},
        {"metadata": KNOWN, "spec": "x"},
        {"metadata": {**KNOWN, "generation": {}}},
        {"metadata": {**KNOWN, "managedFields": [{"time": "1e400"}]}},
        {"metadata": {**KNOWN, "creationTimestamp": 5}},
        {"metadata": {**KNOWN, "creationTimestamp": "0001-01-01T00:00:00"}},
    ],
)
def test_what_makes_no_sense_is_not_waited_for(bad: Any) -> None:
    assert settle_policies(NewBinding(bad), Silent(), limit=-1.0) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [None, 5, [], {}, {"kind": 5, "items": 5}, {"items": [[]]}])
def test_an_api_server_that_answers_nonsense_has_no_policies(body: Any) -> None:
    api = SimpleNamespace(request=lambda *_: Answer(200, body, ""))
    assert settle_policies(api, Silent()) == ""  # type: ignore[arg-type]
    assert gatekeeper.awaited(api) is None  # type: ignore[arg-type]
    assert policies.acting_names(api) == frozenset()  # type: ignore[arg-type]
    assert gatekeeper.constraint_names(api) == frozenset()  # type: ignore[arg-type]
