"""`setup.images`: a name alone or an image with what is in it; what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckslab.cluster.lab_images import LabImage
from ckslab.errors import ScenarioError
from ckslab.lab.plan import plan
from ckslab.scenario.loading.load import load
from ckslab.scenario.schema import scenario_schema
from tests.support.scenario_pack import KINDS, pack

SCENARIO = """\
id: sample
title: A sample
topic: images
difficulty: easy
minutes: 5
draws:
  - {of: [cat, dog], as: [good]}
  - {of: ["3.1.4-r1", "3.1.5-r0"], as: [old]}
setup:
  files: setup/node
  images:
    - registry.lab/plain:1
    - name: registry.lab/shop/${good}:1.4
      base: alpine
      os: "3.19.1"
      packages: {openssl: "${old}"}
      files: {/srv/index.html: "hello ${nonce}"}
      user: "10001"
      entrypoint: [/bin/httpd, -f]
      cmd: [-p, "8080"]
      env: {MODE: test}
      labels: {team: red}
      archive: /opt/lab/web.tar
checks:
  - id: note
    title: The note is there
    points: 100
    file: {path: /root/note, contains: note}
    hints: [Look.]
"""


def made(tmp_path: Path, text: str) -> Path:
    return pack(tmp_path, {"scenario.yaml": text})


def wrong(tmp_path: Path, old: str, new: str, nonce: str | None = None) -> str:
    assert old in SCENARIO
    with pytest.raises(ScenarioError) as raised:
        load(made(tmp_path, SCENARIO.replace(old, new)), KINDS, nonce=nonce)
    return raised.value.message.partition("scenario.yaml:")[2]


def test_node_gets_what_the_scenario_says(tmp_path: Path) -> None:
    spec = plan(load(made(tmp_path, SCENARIO), KINDS, nonce="k7f3", seed=3), lambda _: None, ()).spec
    plain, web = spec.images
    assert plain == LabImage("registry.lab/plain:1")
    assert web.reference in ("registry.lab/shop/cat:1.4", "registry.lab/shop/dog:1.4")
    assert web.packages["openssl"] in ("3.1.4-r1", "3.1.5-r0")
    assert (web.base, web.release, web.user, web.archive) == ("alpine", "3.19.1", "10001", "/opt/lab/web.tar")
    assert web.files == {"/srv/index.html": b"hello k7f3"}
    assert (web.entrypoint, web.cmd) == (("/bin/httpd", "-f"), ("-p", "8080"))
    assert (web.env, web.labels) == ({"MODE": "test"}, {"team": "red"})


def test_words_that_a_lab_draws_are_judged_in_the_lab(tmp_path: Path) -> None:
    load(made(tmp_path, SCENARIO), KINDS)
    text = SCENARIO.replace("of: [cat, dog]", "of: [UPPER, Case]")
    load(made(tmp_path, text), KINDS)
    with pytest.raises(ScenarioError, match="is no name of an image"):
        load(made(tmp_path, text), KINDS, nonce="k7f3")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("registry.lab/plain:1", "Not A Name", "12: error|'Not A Name' is no name of an image"),
        ("registry.lab/plain:1", '"a@sha256:' + "0" * 64 + '"', "is no name of an image"),
        ("registry.lab/plain:1", "7", "setup.images[0]"),
        ("base: alpine", "base: alpin", "14: setup.images[1].base: no such value 'alpin'; did you mean 'alpine'?"),
        ("base: alpine", "base: gcc", "only the base alpine has `packages`"),
        ("      base: alpine\n", "", "only the base alpine has `packages`"),
        ('os: "3.19.1"', 'os: "2.6"', "15: setup.images[1].os: '2.6' is no release of Alpine Linux"),
        ('os: "3.19.1"', 'os: "3.2"', "there is no base for Alpine Linux 3.2, but for 3.18, 3.19, 3.20"),
        ('os: "3.19.1"', "os: 3.19", "15: setup.images[1].os: should be a valid string"),
        ("{openssl:", "{open ssl:", "'open ssl' is no name of a package"),
        ('"${old}"', '"new"', "16: setup.images[1].packages.openssl: 'new' is no version of a package"),
        ('user: "10001"', "user: 10001", "18: setup.images[1].user: should be a valid string"),
        ('user: "10001"', 'user: "a b"', "'a b' is no user"),
        ("{MODE: test}", "{a-b: test}", "'a-b' is no name of a variable"),
        ("/srv/index.html:", "srv/index.html:", "setup.images[1].files"),
        ("/srv/index.html:", "/srv/../a:", "write the path in its plain form"),
        ("/srv/index.html:", "/srv/:", "none ends in a slash"),
        ("{/srv/index.html:", "{/srv: a, /srv/index.html:", "/srv is a file, and a folder with other files"),
        ("archive: /opt/lab/web.tar", "archive: web.tar", "23: setup.images[1].archive"),
        ("archive: /opt/lab/web.tar", "archive: /opt/lab/", "no slash at its end"),
        (
            "archive: /opt/lab/web.tar",
            "archive: /etc/admission/kubeconf",
            "23: /etc/admission/kubeconf is a file of",
        ),
        ("entrypoint: [", "entry-point: [", "unknown key 'entry-point'; did you mean 'entrypoint'?"),
        ("registry.lab/plain:1", "{base: static}", "12: setup.images[0]: missing key 'name'"),
        (
            "registry.lab/plain:1",
            "registry.lab/plain:1\n    - registry.lab/plain:1",
            "13: registry.lab/plain:1 is there twice",
        ),
        (
            "registry.lab/plain:1",
            "a\n    - docker.io/library/a:latest",
            "docker.io/library/a:latest is there twice",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    for part in said.replace(": error|", "|").split("|"):
        assert part in wrong(tmp_path, old, new)


def test_same_name_may_lie_in_two_places(tmp_path: Path) -> None:
    load(made(tmp_path, SCENARIO.replace("registry.lab/shop/${good}:1.4", "registry.lab/plain:1")), KINDS)


def test_schema_takes_a_name_or_an_image() -> None:
    schema = scenario_schema(KINDS)
    (name, image) = schema["$defs"]["SetupDocument"]["properties"]["images"]["items"]["anyOf"]
    assert name["type"] == "string"
    assert image["$ref"].endswith("/ImageDocument")
