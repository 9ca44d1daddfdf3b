"""The image that a lab's node is made from: kind's own node image, with what a lab needs laid into it.

A layer, not mounts: it works where the engine sees none of this machine's folders (Docker Desktop, snap, a
remote engine), and holds programs of the node's architecture, whatever this machine's is.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from ckslab.cluster import binaries, labnode
from ckslab.cluster.backend import NodeFile, NodeSpec
from ckslab.cluster.kind import TEMPLATES
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.services import init
from ckslab.cluster.node.conf import tar_of
from ckslab.cluster.node.templates import APISERVER_PATCH, SHARED, filled
from ckslab.errors import LabError
from ckslab.kubernetes.versions import MINOR, minor
from ckslab.progress import Progress

PINNED = "kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0"
"""Kubernetes 1.35 as kind 0.33 has it (its release notes)."""

VARIABLE = "CKSLAB_KIND_IMAGE"

LABEL = "ckslab.node"
"""On our images, and so on every container made from one: how we know our own."""

UNIT = "/etc/systemd/system/ckslab.service"
VERSION_FILE = "/kind/version"
MAX_VERSION = 64
PULL_SECONDS = 1800.0


def wanted(asked: str | None) -> str:
    """The base image: the one that was asked for, else the variable's, else the pinned one."""
    return asked or os.environ.get(VARIABLE) or PINNED


def ensure(engine: Engine, base: str, progress: Progress) -> str:
    """The name of our image made from `base`, which is pulled when it is missing.

    LabError where it is no node image of kind, or one of another Kubernetes than ckslab knows.
    """
    found = _inspect(engine, base)
    if found is None:
        progress.step(f"pulling {base.split('@')[0]}, about 350 MB, once")
        engine.must("pull", base, what=f"pulling {base}", timeout=PULL_SECONDS)
        found = _inspect(engine, base)
    if found is None:
        raise LabError(f"{engine.name} pulled {base} and does not have it")
    layer = _layer(found["Architecture"])
    name = f"localhost/ckslab/node:{hashlib.sha256(found['Id'].encode() + layer).hexdigest()[:16]}"
    if _inspect(engine, name) is None:
        progress.step("preparing the node image (once)")
        _make(engine, base, name, layer)
    return name


def with_tools(engine: Engine, name: str, tools: Mapping[str, str], progress: Progress) -> str:
    """The name of our image `name` with these binaries of its architecture in its /lab/bin; made if missing."""
    if not tools:
        return name
    base = _inspect(engine, name)
    assert base is not None, "it was made a moment ago"
    had = binaries.ensure(dict.fromkeys(tools.values()), progress, pins=binaries.load(arch=base["Architecture"]))
    text = hashlib.sha256(base["Id"].encode())
    for tool, binary in sorted(tools.items()):
        info = had[binary].stat()
        text.update(f"{tool} {binary} {info.st_size} {info.st_mtime_ns}\n".encode())
    made = f"localhost/ckslab/node:{text.hexdigest()[:16]}"
    if _inspect(engine, made) is None:
        progress.step("preparing the node image with its tools (once)")
        files = [NodeFile(f"/lab/bin/{tool}", had[binary].read_bytes(), 0o755) for tool, binary in tools.items()]
        _make(engine, name, made, tar_of(files))
    return made


def present(engine: Engine, base: str) -> bool:
    """Whether the base image is there without pulling."""
    return _inspect(engine, base) is not None


def architecture(engine: Engine, image: str) -> str:
    """Of an image that is there, and so of the nodes that are made from it, as Go names it ("amd64")."""
    return engine.must("image", "inspect", "--format={{.Architecture}}", image, what="looking at the node's image")


def _inspect(engine: Engine, name: str) -> dict[str, str] | None:
    done = engine.run("image", "inspect", name)
    if done.returncode:
        return None
    found = json.loads(done.stdout)[0]
    return {"Id": found["Id"], "Architecture": found["Architecture"]}


def _make(engine: Engine, base: str, name: str, layer: bytes) -> None:
    """Without a build: neither a builder nor a network is needed for one layer of files."""
    what = "preparing the node image"
    container = engine.must("create", base, what=what, timeout=300)
    try:
        _refuse_other_kubernetes(engine, base, container)
        engine.must("cp", "-", f"{container}:/", what=what, stdin=layer, timeout=300)
        engine.must("commit", "--change", f"LABEL {LABEL}=1", container, name, what=what, timeout=120)
    finally:
        engine.run("rm", "--force", "--volumes", container, timeout=120)


def _refuse_other_kubernetes(engine: Engine, base: str, container: str) -> None:
    """By the version that kind writes into its node images (kind, pkg/build/nodeimage: /kind/version)."""
    ours = f"Take one of Kubernetes {MINOR}: --node-image, {VARIABLE}, or neither."
    done = engine.run("cp", f"{container}:{VERSION_FILE}", "-")
    if done.returncode:
        raise LabError(f"{base} is no node image of kind: there is no {VERSION_FILE} in it", advice=ours)
    version = _first_file(done.stdout)
    if minor(version) != MINOR:
        raise LabError(f"{base} has Kubernetes {version or 'of no known version'}; labs run {MINOR}", advice=ours)


def _first_file(tar: bytes) -> str:
    """The beginning of a tar's only file; "" where there is none."""
    try:
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            member = archive.next()
            file = archive.extractfile(member) if member and member.isreg() else None
            return file.read(MAX_VERSION).decode(errors="replace").strip() if file else ""
    except tarfile.TarError:
        return ""


def _layer(architecture: str) -> bytes:
    """What is laid into the image, as a tar; equal inputs give equal bytes."""
    programs = {"labnode": labnode.kept("labnode", architecture, binaries.cache_dir().parent)}
    if (editor := _editor(architecture)) is not None:
        programs["busybox"] = editor
    files = [NodeFile(f"/lab/bin/{name}", path.read_bytes(), 0o755) for name, path in programs.items()]
    files += [
        NodeFile(f"/lab/bin/{name}", filled(TEMPLATES / name).encode(), 0o755)
        for name in ("boot.sh", "kubelet.sh", "save.sh", "kept")
    ]
    files += [
        NodeFile("/lab/conf/init.json", init(NodeSpec()).encode()),
        NodeFile(f"/lab/patches/{APISERVER_PATCH}", filled(SHARED / APISERVER_PATCH).encode()),
        NodeFile(UNIT, filled(TEMPLATES / "ckslab.service").encode()),
        NodeFile("/root/.bashrc", filled(SHARED / "bashrc").encode()),
        NodeFile("/root/.vimrc", filled(SHARED / "vimrc").encode()),
    ]
    links = {f"/etc/systemd/system/multi-user.target.wants/{Path(UNIT).name}": UNIT}
    if editor is not None:
        links["/lab/bin/vi"] = "busybox"
    return _with_links(tar_of(files), links)


def _with_links(tar: bytes, links: dict[str, str]) -> bytes:
    buffer = io.BytesIO(tar)
    with tarfile.open(fileobj=buffer, mode="a") as archive:
        for path, target in links.items():
            info = tarfile.TarInfo(path.lstrip("/"))
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return buffer.getvalue()


def _editor(architecture: str) -> Path | None:
    """busybox, whose vi is the node's editor where its image has none; None where there is none to be had."""
    if architecture != binaries.load().arch:
        return None
    place = binaries.locate(["busybox"])["busybox"]
    return place.path if isinstance(place, binaries.Found) else None
