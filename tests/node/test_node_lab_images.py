"""A lab with images of its own on the real node: they run as pods, end at once, and a scanner reads them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckslab.cluster import binaries
from ckslab.cluster.image_archive import pack
from ckslab.cluster.lab_images import made
from ckslab.cluster.local.node_programs import architecture
from ckslab.lab import Wanted, find_lab, start_lab, stop_lab
from ckslab.lab.model import Lab
from ckslab.lab.plan import plan
from ckslab.progress import Silent
from tests.support.node_fixtures.home import Home

pytestmark = pytest.mark.node

SCENARIOS = Path(__file__).parents[1] / "support" / "image_scenarios"
NAME = "image-lab"
WEB = "registry.lab.local/shop/web:1.4"
CTR = ("ctr", "--namespace=k8s.io", "images")


@pytest.fixture(scope="module")
def lab(library_home: Home) -> Iterator[Lab]:
    start_lab(Wanted(NAME, [SCENARIOS], "local"), Silent())
    yield find_lab(NAME)
    stop_lab(find_lab(NAME), Silent())


def said(lab: Lab, *argv: str, timeout: float = 60.0) -> str:
    done = lab.running().node.run(argv, timeout=timeout)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return done.stdout.decode()


def run_pod(lab: Lab, name: str, image: str, *more: str) -> None:
    said(lab, "kubectl", "run", name, f"--image={image}", *more)
    said(lab, "kubectl", "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s", timeout=90)


def test_each_base_runs_as_a_pod_and_ends_at_once(lab: Lab) -> None:
    images = {"web": WEB, "gcc": "registry.lab.local/gcc:13", "bb": "registry.lab.local/bb:1"}
    images |= {"nonroot": "registry.lab.local/nonroot:1", "plain": "registry.lab.local/plain:1"}
    for name, image in images.items():
        run_pod(lab, name, image)
    assert "uid=10001" in said(lab, "kubectl", "exec", "web", "--", "id")
    page = said(lab, "kubectl", "exec", "web", "--", "cat", "/srv/index.html")
    assert page == f"hello {lab.record.nonce}\n"
    build = "echo 'int main() { return 7; }' >/tmp/a.c; gcc -o /tmp/a /tmp/a.c; /tmp/a; echo $?"
    assert said(lab, "kubectl", "exec", "gcc", "--", "sh", "-c", build) == "7\n"
    before = time.monotonic()
    said(lab, "kubectl", "delete", "pod", *images, timeout=90)
    assert time.monotonic() - before < 20  # and not the 30 s after which the kubelet kills


def test_store_knows_the_image_by_the_digest_that_was_foreseen(lab: Lab) -> None:
    images = plan(lab.scenario, lambda _: None, ()).spec.images
    (web,) = [image for image in images if image.reference == WEB and not image.archive]
    packed = pack(made(web, architecture()), architecture())
    listed = [line.split() for line in said(lab, *CTR, "ls").splitlines()]
    (digest,) = [words[2] for words in listed if words[0] == WEB]
    assert digest == packed.manifest.digest
    assert f"sha256:{packed.config.hex}" in [words[0] for words in listed]
    by_digest = f"{WEB.rpartition(':')[0]}@{digest}"
    assert by_digest in [words[0] for words in listed]
    run_pod(lab, "pinned", by_digest)
    status = json.loads(said(lab, "kubectl", "get", "pod", "pinned", "-o", "json"))["status"]
    assert status["containerStatuses"][0]["imageID"] == by_digest


def test_control_plane_is_known_by_its_digest(lab: Lab) -> None:
    names = said(lab, *CTR, "ls", "--quiet").split()
    for program in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"):
        assert [name for name in names if name.startswith(f"registry.k8s.io/{program}@sha256:")], program


def test_scanner_reads_the_archive(lab: Lab, tmp_path: Path) -> None:
    found = binaries.locate(["trivy"])["trivy"]
    if isinstance(found, binaries.Missing):
        pytest.skip(f"missing capability: {found.reason}")
    done = lab.running().node.run(["cat", "/opt/lab/web.tar"])
    (tmp_path / "web.tar").write_bytes(done.stdout)
    words = [found.path, "image", "--cache-dir", tmp_path / "cache", "--format", "cyclonedx", "--input", "web.tar"]
    report = subprocess.run(words, cwd=tmp_path, capture_output=True, check=True, timeout=120)
    components = {one["name"]: one["version"] for one in json.loads(report.stdout)["components"]}
    assert components["alpine"] == "3.19.1"
    assert components["openssl"] in ("3.1.4-r1", "3.1.5-r0")
    assert components["musl"].startswith("1.2.4")


def test_archive_can_be_loaded_by_hand(lab: Lab) -> None:
    said(lab, *CTR, "rm", WEB)
    said(lab, *CTR, "import", "/opt/lab/web.tar")
    assert WEB in said(lab, *CTR, "ls", "--quiet").split()
