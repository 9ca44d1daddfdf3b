"""A registry as a scenario names it: what its node is given, and the images that it has from the start."""

from __future__ import annotations

import json
from pathlib import Path

import bcrypt
import pytest

from ckslab.certificates import Authority
from ckslab.cluster.image_archive import pack
from ckslab.cluster.lab_images import LabImage, made
from ckslab.cluster.lab_images.on_node import laid_images
from ckslab.errors import ScenarioError
from ckslab.lab.catalogue import kinds
from ckslab.scenario.loading.load import load
from ckslab.services.registry import RegistryKind
from ckslab.services.registry.settings import Registry
from tests.support.scenario_pack import pack as pack_of

KIND = RegistryKind()
PLANNED = {"user": "u", "login_file": "/root/login"}


def test_a_password_is_the_labs_own_and_told_where_the_scenario_says() -> None:
    first, second = (KIND.plan("private", Registry(**PLANNED), Authority("ca")) for _ in range(2))
    assert first.fact.values["password"] != second.fact.values["password"]
    (login,) = (file for file in first.files if file.path == "/root/login")
    assert login.mode == 0o600
    password = first.fact.values["password"]
    assert login.data.decode() == f"registry: registry.lab.local:5000\nuser: u\npassword: {password}\n"
    user, _, kept = first.node.files["htpasswd"].strip().partition(b":")
    assert user == b"u"
    assert bcrypt.checkpw(password.encode(), kept)


def test_one_without_a_user_asks_for_none() -> None:
    planned = KIND.plan("public", Registry(host="hub.lab", port=443), Authority("ca"))
    config = json.loads(planned.node.files["config.yml"])
    assert "auth" not in config
    assert "htpasswd" not in planned.node.files
    assert config["http"]["addr"].endswith(":443")
    assert (planned.fact.values["user"], planned.fact.values["password"]) == ("", "")
    assert planned.fact.url == "https://hub.lab:443"


def test_a_login_file_is_about_a_user() -> None:
    with pytest.raises(ValueError, match="none is named"):
        Registry(login_file="/root/login")


def test_images_lie_in_its_storage_before_it_starts() -> None:
    storage = KIND.plan("private", Registry(), Authority("ca")).storage
    image = LabImage("registry.lab.local:5000/team/api:1.4", storage=storage)
    files = {file.path: file.data for file in laid_images([image, image], "amd64")}
    packed = pack(made(image, "amd64"), "amd64")
    below = f"{storage}/docker/registry/v2"
    for blob in packed.blobs.values():
        assert files[f"{below}/blobs/sha256/{blob.hex[:2]}/{blob.hex}/data"] == blob.read()
    links = {
        path.removeprefix(f"{below}/repositories/"): data.decode()
        for path, data in files.items()
        if "/link" in path
    }
    manifest = packed.manifest
    assert links["team/api/_manifests/tags/1.4/current/link"] == manifest.digest
    assert links[f"team/api/_manifests/revisions/sha256/{manifest.hex}/link"] == manifest.digest
    assert links[f"team/api/_layers/sha256/{packed.config.hex}/link"] == packed.config.digest
    assert len(links) == 4 + len(packed.layers)


SCENARIO = """\
id: sample
title: A sample
topic: registries
difficulty: easy
minutes: 5
services:
  private:
    registry: {port: 5001}
  scanner:
    image-scanner:
      deny: [{image: "*", reason: not allowed}]
setup:
  files: setup/node
  images:
    - {name: "registry.lab.local:5001/a/b:1", registry: private}
checks:
  - id: note
    title: The note is there
    points: 100
    file: {path: /root/note, contains: [note]}
    hints: [Look.]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("registry: private", "registry: privat", "15: no such service 'privat'; did you mean 'private'?"),
        ("registry: private", "registry: scanner", "15: scanner is an image-scanner, which holds no images"),
        ("5001/a", "5000/a", "begins with registry.lab.local:5001/"),
        ("/b:1", "/b", "a registry has images by their tags"),
        ("registry: private", "registry: private, archive: /a.tar", "name it twice for both"),
    ],
)
def test_an_image_for_a_registry_that_cannot_have_it(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SCENARIO
    with pytest.raises(ScenarioError) as raised:
        load(pack_of(tmp_path, {"scenario.yaml": SCENARIO.replace(old, new)}), kinds())
    assert said in raised.value.message


def test_a_registry_with_an_image_is_a_scenario(tmp_path: Path) -> None:
    scenario = load(pack_of(tmp_path, {"scenario.yaml": SCENARIO}), kinds())
    assert [one.registry for one in scenario.setup.images] == ["private"]
