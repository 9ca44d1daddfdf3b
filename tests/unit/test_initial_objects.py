"""The objects that a lab keeps of its start: those that a check compares, whole, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ckslab.cluster.api import Answer
from ckslab.errors import LabError
from ckslab.lab import initial_objects
from ckslab.needs.objects import InitialObjectNeed, ObjectNeed, ObjectsFact
from tests.support.answers_on_files import scenario

PODS = ObjectNeed("v1", "Pod")
ONE = ObjectNeed("v1", "Pod", "shop", "web")
POD = {"metadata": {"name": "web", "namespace": "shop", "uid": "u"}, "spec": {}}


class Api:
    """An API server with one pod. status: what it answers to everything, where it is given."""

    def __init__(self, status: int = 200) -> None:
        self.status = status

    def ready(self) -> bool:
        return self.status == 200

    def path_of(self, api_version: str, kind: str, namespace: str | None, name: str | None) -> str:
        return f"/{namespace}/{name}"

    def request(self, method: str, path: str) -> Answer:
        return Answer(self.status, POD if path == "/shop/web" else {"items": [POD]}, "")


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    api: Any = Api()
    initial_objects.capture(api, tmp_path, [PODS, ONE])
    assert initial_objects.read(tmp_path) == {PODS: ObjectsFact((POD,)), ONE: ObjectsFact((POD,))}


def test_a_lab_that_kept_none_has_none(tmp_path: Path) -> None:
    assert initial_objects.read(tmp_path) == {}


def test_what_the_api_server_does_not_give_ends_the_start(tmp_path: Path) -> None:
    api: Any = Api(500)
    with pytest.raises(LabError, match="Pod objects could not be kept"):
        initial_objects.capture(api, tmp_path, [PODS])


@pytest.mark.parametrize("text", ['{"objects": [{"of": ["v1"]}]}', '{"objects": 1}', "{}", "["])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / initial_objects.FILE).write_text(text)
    with pytest.raises(LabError, match=initial_objects.FILE):
        initial_objects.read(tmp_path)


def test_only_what_a_check_compares_is_kept() -> None:
    assert initial_objects.compared(scenario("gk-audit-existing")) == {PODS}
    assert initial_objects.compared(scenario("ipw-complete")) == frozenset()


def test_the_need_asks_the_lab() -> None:
    class Lab:
        def initial_objects(self) -> dict[ObjectNeed, ObjectsFact]:
            return {PODS: ObjectsFact(())}

    class Sources:
        lab = Lab()

    sources: Any = Sources()
    known, unknown = InitialObjectNeed("v1", "Pod"), InitialObjectNeed("v1", "Secret")
    found = InitialObjectNeed.collect([known, unknown], sources)
    assert found[known] == ObjectsFact(())
    assert "ckslab reset" in getattr(found[unknown], "reason", "")
