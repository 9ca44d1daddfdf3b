"""The image tools as an add-on: who asks the mirror of public names, and that all ask alike."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath

from ckslab.add_ons.images import ImagesAddOn
from ckslab.add_ons.images.mirror import ADDRESS, FRONTEND, SERVICE
from ckslab.add_ons.images.settings import Images
from ckslab.cluster import binaries
from ckslab.cluster.backend import STORED_IMAGES
from ckslab.cluster.lab_images import PUBLIC
from ckslab.cluster.lab_images.public import REGISTRIES
from ckslab.kubernetes.image_reference import parse_image_reference

FILES = {file.path: file.data.decode() for file in ImagesAddOn().files(Images())}
URL = f"http://{ADDRESS}"


def test_containerd_nerdctl_and_buildkit_ask_the_mirror_for_the_same_registries() -> None:
    folder = PurePosixPath("/etc/containerd/certs.d")
    hosts = {PurePosixPath(path).parent.name: data for path, data in FILES.items() if path.startswith(str(folder))}
    assert set(hosts) == set(REGISTRIES)
    for text in hosts.values():
        said = tomllib.loads(text)
        assert said == {"server": URL, "host": {URL: {"capabilities": ["pull", "resolve"]}}}
    assert f'hosts_dir = ["{folder}"]' in FILES["/etc/nerdctl/nerdctl.toml"]
    asked = tomllib.loads(FILES["/etc/buildkit/buildkitd.toml"])["registry"]
    assert asked.pop(ADDRESS) == {"http": True}
    assert asked == {name: {"mirrors": [ADDRESS]} for name in REGISTRIES}


def test_names_that_images_stand_in_for_are_of_those_registries() -> None:
    names = [parsed for one in PUBLIC if (parsed := parse_image_reference(one))]
    assert len(names) == len(PUBLIC)
    assert {name.registry for name in names} <= set(REGISTRIES)


def test_mirror_gives_what_the_store_was_filled_with_to_the_node_alone() -> None:
    (service,) = (one for one in ImagesAddOn().services(Images()) if one.name == SERVICE)
    words = dict(zip(service.argv[2::2], service.argv[3::2], strict=True))
    assert words == {"--archive": STORED_IMAGES, "--listen": ADDRESS, "--frontend": FRONTEND}
    assert ADDRESS.startswith("127.0.0.1:")
    assert service.hosts == ()


def test_frontend_is_the_one_that_the_pinned_buildkit_has_built_in() -> None:
    (buildkit,) = (one for one in binaries.load().components if one.name == "buildkit")
    assert buildkit.version.startswith("0.26."), "which version of docker/dockerfile has this BuildKit built in?"
    assert FRONTEND.endswith(":1.20")
