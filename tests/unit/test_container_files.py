"""What a container opens at a path: mounts, and symlinks by its own root, on real symlinks of a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ckslab.diagnosis.running_server import digest_at, stale_since_start
from ckslab.evidence import Evidence, FileFact, Where
from ckslab.handed_in import open_handed_in
from ckslab.kubernetes.static_pod.container_files import ContainerFiles, Seen
from ckslab.kubernetes.static_pod.manifest import StaticPod, read_manifest
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed

FOLDER = "/etc/kubernetes/admission"


@dataclass
class Files:
    """Reads a folder as a node; remembers what was asked for in one go."""

    root: Path
    asked: list[str] = field(default_factory=list)

    def __call__(self, path: str) -> FileFact:
        with open_handed_in(self.root).reader() as reader:
            return reader.file(path)

    def ask(self, paths: Iterable[str]) -> None:
        self.asked += paths


def tree(root: Path, files: Mapping[str, str], links: Mapping[str, str]) -> Path:
    for path, text in {"/etc/hosts": "", **files}.items():
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (root / path[1:]).write_text(text)
    for path, target in links.items():
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (root / path[1:]).symlink_to(target)
    return root


def pod(mounts: Iterable[tuple[str, str]], sub_path: str = "") -> StaticPod:
    """mounts: path in the container, path on the node."""
    pairs = list(enumerate(mounts))
    of = "\n".join(
        f"    - {{name: v{index}, mountPath: {path}{f', subPath: {sub_path}' if sub_path else ''}}}"
        for index, (path, _) in pairs
    )
    volumes = "\n".join(f"  - {{name: v{index}, hostPath: {{path: {source}}}}}" for index, (_, source) in pairs)
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n"
        f"  - name: kube-apiserver\n    image: x\n    command: [kube-apiserver]\n    volumeMounts:\n{of}\n"
        f"  volumes:\n{volumes}\n"
    )
    fact = FileFact("/m.yaml", "file", "/m.yaml", text=text, encoding="utf-8")
    found = read_manifest("/m.yaml", fact)
    assert found.pod is not None, found.problem
    assert found.pod.refused is None
    return found.pod


SAME = [(FOLDER, FOLDER)]
CA = f"{FOLDER}/scanner-ca.crt"


def opened(root: Path, mounts: Iterable[tuple[str, str]], path: str = CA, sub_path: str = "") -> Seen:
    return ContainerFiles(pod(mounts, sub_path), Files(root)).open(path)


READABLE = {
    "an absolute link inside the mount": (SAME, {f"{FOLDER}/ca.pem": "ca"}, {CA: f"{FOLDER}/ca.pem"}),
    "a relative link": (SAME, {f"{FOLDER}/ca.pem": "ca"}, {CA: "ca.pem"}),
    "a chain": (
        SAME,
        {f"{FOLDER}/ca.pem": "ca"},
        {CA: "a", f"{FOLDER}/a": f"{FOLDER}/b", f"{FOLDER}/b": "./ca.pem"},
    ),
    "as the kubelet lays ConfigMaps": (
        SAME,
        {f"{FOLDER}/..2026/scanner-ca.crt": "ca"},
        {f"{FOLDER}/..data": "..2026", CA: "..data/scanner-ca.crt"},
    ),
    "a link through the parent": (SAME, {f"{FOLDER}/real/ca.pem": "ca"}, {CA: "../admission/real/ca.pem"}),
    "into another mount": (
        [*SAME, ("/etc/kubernetes/pki", "/etc/kubernetes/pki")],
        {"/etc/kubernetes/pki/scanner.crt": "ca"},
        {CA: "/etc/kubernetes/pki/scanner.crt"},
    ),
    "a target that is only right inside the container": (
        [(FOLDER, "/root/admission")],
        {"/root/admission/ca.pem": "ca"},
        {"/root/admission/scanner-ca.crt": f"{FOLDER}/ca.pem"},
    ),
    "a mounted folder that is a link on the node": (
        SAME,
        {"/root/admission/scanner-ca.crt": "ca"},
        {FOLDER: "/root/admission"},
    ),
    "a file that is mounted alone, through a link on the node": (
        [(CA, CA)],
        {"/root/ca.pem": "ca"},
        {CA: "/root/ca.pem"},
    ),
    "a mount inside a mount": (
        [*SAME, (f"{FOLDER}/certs", "/root/certs")],
        {"/root/certs/ca.pem": "ca", f"{FOLDER}/x": ""},
        {CA: "certs/ca.pem"},
    ),
    "through a folder that only leads to a mount": (
        SAME,
        {f"{FOLDER}/ca.pem": "ca"},
        {CA: "/etc/kubernetes/./admission/ca.pem"},
    ),
    "forty links": (
        SAME,
        {f"{FOLDER}/l40": "ca"},
        {CA: "l1", **{f"{FOLDER}/l{number}": f"l{number + 1}" for number in range(1, 40)}},
    ),
}


@pytest.mark.parametrize("name", READABLE)
def test_a_container_follows_its_links(name: str, tmp_path: Path) -> None:
    mounts, files, links = READABLE[name]
    seen = opened(tree(tmp_path, files, links), mounts)
    assert seen.readable, seen.error
    assert seen.file is not None
    assert seen.file.text == "ca"
    assert seen.container_path == CA


UNREADABLE = {
    "a link out of the mount": (SAME, {"/root/ca.pem": "ca"}, {CA: "/root/ca.pem"}, "is a symlink to /root/ca.pem"),
    "a target that is only right on the node": (
        [(FOLDER, "/root/admission")],
        {"/root/admission/ca.pem": "ca"},
        {"/root/admission/scanner-ca.crt": "/root/admission/ca.pem"},
        "no volumeMount covers that path",
    ),
    "a relative link that climbs out of the mount": (
        SAME,
        {"/etc/kubernetes/ca.pem": "ca"},
        {CA: "../ca.pem"},
        "no volumeMount covers that path",
    ),
    "a dangling link": (SAME, {f"{FOLDER}/x": ""}, {CA: "ca.pem"}, "no such file or directory"),
    "a circle": (SAME, {}, {CA: "b", f"{FOLDER}/b": "scanner-ca.crt"}, "too many levels of symbolic links"),
    "forty-one links": (
        SAME,
        {f"{FOLDER}/l41": "ca"},
        {CA: "l1", **{f"{FOLDER}/l{number}": f"l{number + 1}" for number in range(1, 41)}},
        "too many levels of symbolic links",
    ),
    "a file on the way": (SAME, {f"{FOLDER}/f": "x"}, {CA: "f/ca.pem"}, "not a directory"),
    "a link to a folder": (SAME, {f"{FOLDER}/d/ca.pem": "ca"}, {CA: "d"}, "is a directory"),
    "a file with a slash": (SAME, {f"{FOLDER}/f": "x"}, {CA: "f/"}, "not a directory"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_container_cannot_follow(name: str, tmp_path: Path) -> None:
    mounts, files, links, why = UNREADABLE[name]
    seen = opened(tree(tmp_path, files, links), mounts)
    assert not seen.readable
    assert why in seen.error
    assert f"{CA}:" in seen.error


def test_a_broken_link_is_to_be_repaired_where_it_lies(tmp_path: Path) -> None:
    seen = opened(tree(tmp_path, {"/root/ca.pem": "ca"}, {CA: "/root/ca.pem"}), SAME)
    assert seen.where == Where(CA)


def test_leniency_is_for_mounts_that_are_missing_and_not_for_links(tmp_path: Path) -> None:
    """A link out of a folder that is mounted is a mistake of its own."""
    root = tree(tmp_path, {"/root/ca.pem": "ca", f"{FOLDER}/plain": "x"}, {CA: "/root/ca.pem"})
    mounted = ContainerFiles(pod(SAME), Files(root), lenient=True)
    hidden = ContainerFiles(pod([("/other", "/other")]), Files(root), lenient=True)
    assert not mounted.open(CA).readable
    assert hidden.open(f"{FOLDER}/plain").readable


def test_a_sub_path_may_not_lead_out_of_its_volume(tmp_path: Path) -> None:
    """Kubelet: pkg/volume/util/subpath, doSafeOpen."""
    root = tree(
        tmp_path, {"/root/out/ca.pem": "ca", "/srv/in/ca.pem": "ca"}, {"/srv/out": "/root/out", "/srv/in2": "in"}
    )
    assert opened(root, [(FOLDER, "/srv")], f"{FOLDER}/ca.pem", "in2").readable
    assert "leads out of the volume" in opened(root, [(FOLDER, "/srv")], f"{FOLDER}/ca.pem", "out").error


def test_folders_are_seen_through_links_too(tmp_path: Path) -> None:
    root = tree(tmp_path, {f"{FOLDER}/v2/ca.pem": "ca"}, {f"{FOLDER}/now": "v2", f"{FOLDER}/gone": "v3"})
    files = ContainerFiles(pod(SAME), Files(root))
    assert files.folder(f"{FOLDER}/now").readable
    assert files.folder("/etc/kubernetes").readable
    assert not files.folder(f"{FOLDER}/gone").readable
    assert not files.folder(f"{FOLDER}/v2/ca.pem").readable


def test_all_that_leads_to_files_is_asked_for_at_once(tmp_path: Path) -> None:
    files = Files(tmp_path)
    ContainerFiles(pod([("/etc/kubernetes", "/etc/kubernetes")]), files).ask([CA, f"{FOLDER}/kubeconf"])
    assert files.asked == [CA, FOLDER, "/etc/kubernetes", f"{FOLDER}/kubeconf"]


# --- what the running server began with -----------------------------------------------------------------

RECORD = {
    f"{FOLDER}/v1/ca.pem": "old",
    f"{FOLDER}/v2/ca.pem": "new",
    f"{FOLDER}/now": "-> v1",
    CA: "-> now/ca.pem",
    f"{FOLDER}/abs": f"-> {FOLDER}/v2/ca.pem",
    f"{FOLDER}/out": "-> /usr/share/x",
    f"{FOLDER}/loop": "-> loop",
    "/etc/kubernetes/pki/up": "-> ../admission/v1/../v2/ca.pem",
}


@pytest.mark.parametrize(
    ("path", "digest"),
    [
        (CA, "old"),
        (f"{FOLDER}/abs", "new"),
        (f"{FOLDER}/now/ca.pem", "old"),
        ("/etc/kubernetes/pki/up", "new"),
        (f"{FOLDER}/v1/ca.pem", "old"),
        (f"{FOLDER}/out", ""),
        (f"{FOLDER}/loop", ""),
        (f"{FOLDER}/now", ""),
        ("/nowhere", ""),
    ],
)
def test_a_record_of_a_start_is_read_through_its_links(path: str, digest: str) -> None:
    assert digest_at(RECORD, path) == digest


@pytest.mark.parametrize(
    ("content", "later", "stale"),
    [
        ("old", {}, False),
        ("new", {}, True),
        ("new", {f"{FOLDER}/now": "-> v2"}, False),
        ("old", {f"{FOLDER}/now": "-> v2"}, False),
        ("newer", {f"{FOLDER}/v1/ca.pem": "newer"}, False),
        ("new", {CA: "new"}, False),
    ],
)
def test_a_link_that_is_swapped_after_the_start_makes_its_content_stale(
    content: str, later: dict[str, str], stale: bool
) -> None:
    """And the same content behind another link does not."""
    server = ApiServerFact("ready", files_at_start=RECORD, files_soon_after=later)
    seen = Seen(CA, Where(CA), FileFact(CA, "file", sha256=content, text=""))
    assert stale_since_start(Evidence({ApiServerNeed(): server}), seen) is stale
