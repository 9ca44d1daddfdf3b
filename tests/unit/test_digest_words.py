"""`${digest-of NAME}` in the set-up's objects is what the node's store says, and NAME is an image of the set-up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.errors import LabError, ScenarioError
from ckslab.lab.laid_digests import with_digests
from ckslab.scenario.loading.load import load
from tests.support.scenario_pack import KINDS, pack

DIGEST = "sha256:" + "a" * 64
LISTED = f"REF TYPE DIGEST\nregistry.lab/a:1 x {DIGEST} 1\ndocker.io/library/b:latest x {DIGEST} 1\n"

SCENARIO = """\
id: sample
title: A sample
topic: digests
difficulty: easy
minutes: 5
draws:
  - {of: ["1", "2"], as: [held]}
setup:
  files: setup/node
  images: ["registry.lab/a:${held}"]
  objects: [setup/pod.yaml]
checks:
  - id: note
    title: The note is there
    points: 100
    file: {path: /root/note, contains: note}
    hints: [Look.]
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: default}
spec: {containers: [{name: a, image: "registry.lab/a@${digest-of registry.lab/a:${held}}"}]}
"""


def store(listing: str = LISTED, code: int = 0) -> Any:
    done = SimpleNamespace(returncode=code, stdout=listing.encode(), stderr=b"")
    return SimpleNamespace(run=lambda *_, **__: done)


def test_the_digest_is_the_one_that_the_store_has() -> None:
    item = {"spec": {"containers": [{"image": "registry.lab/a@${digest-of registry.lab/a:1}"}], "replicas": 2}}
    assert with_digests([item], store()) == [
        {"spec": {"containers": [{"image": f"registry.lab/a@{DIGEST}"}], "replicas": 2}}
    ]
    assert with_digests([{"a": "${digest-of b}"}], store()) == [{"a": DIGEST}]


def test_a_store_is_asked_only_where_a_digest_is_asked_for() -> None:
    assert with_digests([{"a": "${nonce} @${digest-of"}], store(code=1)) == [{"a": "${nonce} @${digest-of"}]


def test_an_image_that_the_store_does_not_hold_is_an_error() -> None:
    with pytest.raises(LabError, match=r"does not hold registry\.lab/a:2"):
        with_digests([{"a": "${digest-of registry.lab/a:2}"}], store())


def test_an_image_of_the_set_up_may_be_named_by_a_drawn_word(tmp_path: Path) -> None:
    scenario = load(pack(tmp_path, {"scenario.yaml": SCENARIO, "setup/pod.yaml": POD}), KINDS, nonce="abc234")
    (image,) = [one.name for one in scenario.setup.images]
    assert f"${{digest-of {image}}}" in str(scenario.setup.objects)
    load(tmp_path / "sample", KINDS)


def test_another_image_is_refused_with_its_place(tmp_path: Path) -> None:
    wrong = POD.replace("digest-of registry.lab/a:${held}", "digest-of registry.lab/b:1")
    with pytest.raises(ScenarioError, match=r"scenario\.yaml:\d+: .*no image of the set-up.*registry\.lab/b:1"):
        load(pack(tmp_path, {"scenario.yaml": SCENARIO, "setup/pod.yaml": wrong}), KINDS)
