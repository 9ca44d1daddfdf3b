"""What lies on a node before its first boot: its own files, and the control plane's images."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

from ckslab.cluster.backend import NodeFile, NodeSpec
from ckslab.cluster.image_archive import Image, write_archive
from ckslab.cluster.local import TEMPLATES, conf
from ckslab.cluster.local.namespace import idmap, userns
from ckslab.cluster.local.namespace.sandbox import OWN
from ckslab.cluster.local.node_programs import REAL_RUNC, NodePrograms, architecture
from ckslab.cluster.node import network
from ckslab.cluster.node.conf import tar_of
from ckslab.cluster.node.templates import SHARED, filled
from ckslab.kubernetes import versions

IMAGE_PATH = "/usr/local/bin/{}"


def lay_first_files(folder: Path, programs: NodePrograms, ids: idmap.IdMap) -> None:
    """The node's own files, as a tar unpacked by the node's root."""
    isolation = "true" if ids.many else "false"
    containerd = "containerd-2.toml" if programs.containerd >= 2 else "containerd-1.toml"
    texts = {
        "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
        "/etc/group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "/etc/resolv.conf": f"nameserver {network.ADDRESS}\noptions timeout:1 attempts:1\n",
        "/etc/hostname": f"{network.HOSTNAME}\n",
        "/etc/machine-id": hashlib.sha256(os.urandom(16)).hexdigest()[:32] + "\n",
        "/etc/profile": 'PS1="# "\n',
        "/etc/containerd/config.toml": filled(TEMPLATES / containerd),
        "/etc/cni/net.d/10-lab.conflist": filled(TEMPLATES / "10-lab.conflist"),
        "/etc/crictl.yaml": f"runtime-endpoint: unix://{network.CONTAINERD_SOCKET}\n",
        "/etc/ckslab/runc.json": json.dumps(_runc_settings(programs)),
        "/var/lib/kubelet/config.yaml": filled(TEMPLATES / "kubelet.yaml", ISOLATION=isolation),
        "/root/.bashrc": filled(SHARED / "bashrc"),
        "/root/.vimrc": filled(SHARED / "vimrc"),
        "/home/.keep": "",
        "/srv/.keep": "",
    }
    files = [NodeFile(path, text.encode()) for path, text in texts.items()]
    archive = folder / "base.tar"
    archive.write_bytes(tar_of(files))
    script = 'cd "$1" && for name in $2; do mkdir -p "$name"; done && tar -xpf -'
    with archive.open("rb") as tar:
        names = " ".join(OWN)
        userns.shell(script, [folder / "node"], [names], ids.narrow(), stdin=tar, what="laying the node's files")
    archive.unlink()


def _runc_settings(programs: NodePrograms) -> dict[str, object]:
    """See labnode/src/internal/runcshim. What has nothing to do before the API server is ready waits for it."""
    after = {"pods": ["kube-controller-manager", "kube-scheduler"], "readyz": network.READYZ, "seconds": 5}
    return {"seccomp": _knows_seccomp(programs), "after": after}


def _knows_seccomp(programs: NodePrograms) -> bool:
    """Whether this runc was built with libseccomp: one without refuses every seccomp profile."""
    done = subprocess.run([programs.inside(REAL_RUNC), "features"], capture_output=True, text=True, check=False)
    try:
        return bool(json.loads(done.stdout)["linux"]["seccomp"]["enabled"])
    except (ValueError, KeyError, TypeError):
        return False  # runc before 1.1 has no such command


def pack_conf(folder: Path, programs: NodePrograms) -> None:
    """The folder /lab/conf of the node that becomes the template, with the images to unpack in it."""
    folder.mkdir()
    write_archive(folder / "images.tar", _control_plane(programs), architecture(), by_digest=True)
    conf.write_conf(folder, NodeSpec(), api_server=False)


def _control_plane(programs: NodePrograms) -> list[Image]:
    listed = [
        Image.of_binary(
            f"registry.k8s.io/{name}:{versions.KUBERNETES}", programs.inside(name), IMAGE_PATH.format(name)
        )
        for name in network.CONTROL_PLANE
    ]
    listed.append(Image.of_binary(versions.ETCD_IMAGE, programs.inside("etcd"), IMAGE_PATH.format("etcd")))
    listed.append(Image.of_binary(versions.PAUSE_IMAGE, programs.inside("pause"), "/pause"))
    return listed
