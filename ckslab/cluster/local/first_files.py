"""What lies on a node before its first boot: its own files, and the control plane's images."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

from ckslab.cluster import images
from ckslab.cluster.backend import NodeFile, NodeSpec
from ckslab.cluster.local import conf, idmap
from ckslab.cluster.local import userns as mapped
from ckslab.cluster.local.node_programs import Parts, architecture
from ckslab.cluster.local.sandbox import OWN
from ckslab.cluster.local.templates import filled
from ckslab.cluster.node import network as addresses
from ckslab.cluster.node.conf import tar_of
from ckslab.kubernetes import versions

IMAGE_PATH = "/usr/local/bin/{}"


def lay_first_files(folder: Path, parts: Parts, ids: idmap.IdMap) -> None:
    """The node's own files, as a tar unpacked by the node's root."""
    isolation = "true" if ids.many else "false"
    containerd = "containerd-2.toml" if parts.containerd >= 2 else "containerd-1.toml"
    texts = {
        "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
        "/etc/group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        "/etc/hostname": f"{addresses.HOSTNAME}\n",
        "/etc/machine-id": hashlib.sha256(os.urandom(16)).hexdigest()[:32] + "\n",
        "/etc/profile": 'PS1="# "\n',
        "/etc/containerd/config.toml": filled(containerd),
        "/etc/cni/net.d/10-lab.conflist": filled("10-lab.conflist"),
        "/etc/crictl.yaml": f"runtime-endpoint: unix://{addresses.CONTAINERD_SOCKET}\n",
        "/etc/ckslab/runc.json": json.dumps(_runc_settings(parts)),
        "/var/lib/kubelet/config.yaml": filled("kubelet.yaml", ISOLATION=isolation),
        "/root/.bashrc": filled("bashrc"),
        "/home/.keep": "",
        "/srv/.keep": "",
    }
    files = [NodeFile(path, text.encode()) for path, text in texts.items()]
    archive = folder / "base.tar"
    archive.write_bytes(tar_of(files))
    script = 'cd "$1" && for name in $2; do mkdir -p "$name"; done && tar -xpf -'
    with archive.open("rb") as tar:
        names = " ".join(OWN)
        mapped.shell(script, [folder / "node"], [names], ids.narrow(), stdin=tar, what="laying the node's files")
    archive.unlink()


def _runc_settings(parts: Parts) -> dict[str, object]:
    """See labnode/src/runcshim.go. What has nothing to do before the API server is ready is held back for it."""
    after = {"pods": ["kube-controller-manager", "kube-scheduler"], "readyz": addresses.READYZ, "seconds": 5}
    return {"runc": "/lab/bin/runc", "seccomp": _knows_seccomp(parts), "after": after}


def _knows_seccomp(parts: Parts) -> bool:
    """Whether this runc was built with libseccomp: one without refuses every seccomp profile."""
    done = subprocess.run([parts.inside("runc"), "features"], capture_output=True, text=True, check=False)
    try:
        return bool(json.loads(done.stdout)["linux"]["seccomp"]["enabled"])
    except (ValueError, KeyError, TypeError):
        return False  # runc before 1.1 has no such command


def pack_conf(folder: Path, parts: Parts) -> None:
    """The folder /lab/conf of the node that becomes the golden state, with the images to unpack in it."""
    folder.mkdir()
    images.write_archive(folder / "images.tar", _control_plane(parts), architecture())
    conf.write_conf(folder, NodeSpec(lab="golden"), api_server=False)


def _control_plane(parts: Parts) -> list[images.Image]:
    listed = [
        images.Image(f"registry.k8s.io/{name}:{versions.KUBERNETES}", parts.inside(name), IMAGE_PATH.format(name))
        for name in addresses.CONTROL_PLANE
    ]
    listed.append(images.Image(versions.ETCD_IMAGE, parts.inside("etcd"), IMAGE_PATH.format("etcd")))
    listed.append(images.Image(versions.PAUSE_IMAGE, parts.inside("pause"), "/pause"))
    return listed
