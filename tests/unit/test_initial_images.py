"""A lab keeps the images of its start, so that nobody's later names count; an archive tells them as a stranger does."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.cluster.image_archive import pack
from ckslab.cluster.lab_images import LabImage, made
from ckslab.cluster.lab_images.registry_storage import storage_files
from ckslab.errors import LabError
from ckslab.evidence import Unavailable
from ckslab.kubernetes.image_digests import StoredImage
from ckslab.lab import initial_files, initial_images
from ckslab.needs.initial_image import InitialImageFact, InitialImageNeed
from ckslab.needs.initial_store import InitialStoreFact, InitialStoreNeed
from tests.support.checks_evidence import MANIFEST, MANIFEST_PATH
from tests.unit.test_image_store import CONFIG, NAME, Store, manifest

MADE = manifest(CONFIG)
TAG = f"{NAME}:v1.35.4"
IMAGE = StoredImage((TAG,), frozenset({MADE[0]}), frozenset({CONFIG}))


def kept(folder: Path, text: str = MANIFEST, names: tuple[str, ...] = (TAG,)) -> None:
    """A lab whose first manifest is this one, and whose node's store has an image of these names."""
    with tarfile.open(folder / initial_files.FILE, "w") as tar:
        member = tarfile.TarInfo(MANIFEST_PATH.lstrip("/"))
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text.encode()))
    node: Any = Store(dict.fromkeys(names, MADE[0]), dict([MADE]))
    initial_images.capture(node, folder, ["kube-apiserver"])


def test_what_was_kept_is_what_is_read(tmp_path: Path) -> None:
    kept(tmp_path)
    found = initial_images.facts(initial_images.read(tmp_path))
    assert found == {"kube-apiserver": InitialImageFact(TAG, IMAGE, (IMAGE,))}
    assert (tmp_path / initial_images.FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("named", [f"{NAME}@{MADE[0]}", CONFIG, f"{NAME}:other@{MADE[0]}"])
def test_a_manifest_may_name_its_image_by_digest_from_the_start(tmp_path: Path, named: str) -> None:
    kept(tmp_path, MANIFEST.replace(TAG, named))
    assert initial_images.facts(initial_images.read(tmp_path))["kube-apiserver"].image == IMAGE


@pytest.mark.parametrize(("text", "names"), [(MANIFEST, (f"{NAME}:v1",)), (MANIFEST, ()), ("]", (TAG,))])
def test_an_image_that_the_store_does_not_hold_is_a_fault_of_the_lab(
    tmp_path: Path, text: str, names: tuple[str, ...]
) -> None:
    with pytest.raises(LabError, match="does not hold the image of kube-apiserver"):
        kept(tmp_path, text, names)


def test_what_a_registry_has_under_a_name_that_the_store_does_not_know_is_kept_too(tmp_path: Path) -> None:
    kept(tmp_path)
    name = "r.lab:5000/team/api:1"
    inside, known = LabImage(name, storage=str(tmp_path)), LabImage(TAG, storage=str(tmp_path))
    packed = pack(made(inside, "amd64"), "amd64")
    for file in storage_files(str(tmp_path), packed):
        Path(file.path).parent.mkdir(parents=True, exist_ok=True)
        Path(file.path).write_bytes(file.data)

    class Node(Store):
        def run(self, argv: Any, **more: Any) -> Any:
            if "held" in argv:
                return subprocess.run(argv, capture_output=True, check=False)
            return super().run(argv, **more)

    node: Any = Node({TAG: MADE[0]}, dict([MADE]))
    initial_images.capture(node, tmp_path, [], [LabImage("r.lab:5000/stored:1"), inside])
    held = StoredImage((name,), frozenset({packed.manifest.digest}), frozenset({packed.config.digest}))
    assert initial_images.store(initial_images.read(tmp_path)) == (IMAGE, held)
    with pytest.raises(LabError, match=f"the registry does not hold {known.reference}"):
        initial_images.capture(node, tmp_path, [], [known])


def test_a_lab_that_kept_none_has_none(tmp_path: Path) -> None:
    assert initial_images.read(tmp_path) is None
    assert initial_images.facts(None) == {}


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"pods": {}, "images": [{"names": [], "digests": ["x"], "ids": []}]}']
)
def test_a_damaged_file_is_an_error_with_the_way_out(tmp_path: Path, text: str) -> None:
    (tmp_path / initial_images.FILE).write_text(text)
    with pytest.raises(LabError, match=initial_images.FILE) as caught:
        initial_images.read(tmp_path)
    assert "ckslab reset" in caught.value.advice


def test_a_pod_whose_image_is_none_of_those_is_not_known(tmp_path: Path) -> None:
    """A stranger's archive may say anything."""
    kept(tmp_path)
    path = tmp_path / initial_images.FILE
    said = json.loads(path.read_text())
    said["pods"] = {"kube-apiserver": f"{NAME}:v9", "etcd": "not an image"}
    path.write_text(json.dumps(said))
    assert initial_images.facts(initial_images.read(tmp_path)) == {}


class Lab:
    def __init__(self, known: dict[str, InitialImageFact]) -> None:
        self.known = known

    def initial_images(self) -> dict[str, InitialImageFact]:
        return self.known


class Sources:
    def __init__(self, lab: Lab | None) -> None:
        self.lab = lab


def test_the_need_asks_the_lab_and_what_it_does_not_know_is_undecided() -> None:
    fact = InitialImageFact(TAG, IMAGE, (IMAGE,))
    of_server, of_etcd = InitialImageNeed("kube-apiserver"), InitialImageNeed("etcd")
    known: Any = Sources(Lab({"kube-apiserver": fact}))
    for found, says in (
        (InitialImageNeed.collect([of_server, of_etcd], known), "ckslab reset"),
        (InitialImageNeed.of_files([of_server, of_etcd], known), "the archive does not tell"),
    ):
        assert found[of_server] == fact
        assert says in getattr(found[of_etcd], "reason", "")
    without: Any = Sources(None)
    alone = InitialImageNeed.of_files([of_server], without)[of_server]
    assert isinstance(alone, Unavailable)
    assert "ckslab hand-in" in alone.reason
    assert not alone.not_applicable


def test_the_whole_store_is_kept_for_checks_that_ask_for_it(tmp_path: Path) -> None:
    kept(tmp_path)
    images = initial_images.store(initial_images.read(tmp_path))
    assert images == (IMAGE,)
    assert initial_images.store(None) is None
    need = InitialStoreNeed()
    told: Any = Sources(SimpleNamespace(initial_store=lambda: images))  # type: ignore[arg-type]
    untold: Any = Sources(SimpleNamespace(initial_store=lambda: None))  # type: ignore[arg-type]
    alone: Any = Sources(None)
    for ask in (InitialStoreNeed.collect, InitialStoreNeed.of_files):
        assert ask([need], told)[need] == InitialStoreFact((IMAGE,))
        assert isinstance(ask([need], untold)[need], Unavailable)
    assert isinstance(InitialStoreNeed.of_files([need], alone)[need], Unavailable)
