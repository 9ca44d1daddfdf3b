"""The images of the control plane, each of one static binary, and kube-proxy's with iptables beside it."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path

from ckslab.cluster.image_archive import Image, write_archive

PROXY_FILES = re.compile(
    r"\./(bin|sbin|lib|lib64|usr|usr/(bin|sbin|lib|lib64)|usr/lib/[^/]+-linux-gnu"
    r"|usr/lib64/ld-.*|usr/lib/[^/]+-linux-gnu/(ld-.*|lib(c|m|mnl|nftnl|xtables|nfnetlink|netfilter_conntrack)\.so.*)"
    r"|usr/lib/[^/]+-linux-gnu/xtables(/.*)?|usr/sbin/(ip6?tables.*|xtables.*|conntrack)|etc|etc/alternatives"
    r"|etc/alternatives/ip6?tables.*)/?"
)
"""What kube-proxy runs, of the node's Debian."""


def references(kubeadm: Path, version: str) -> list[str]:
    """The images that kubeadm will ask for."""
    words = [str(kubeadm), "config", "images", "list", "--kubernetes-version", version]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()


def archive(references: list[str], programs: dict[str, Path], architecture: str, target: Path) -> None:
    """One docker-archive with all of them but kube-proxy's."""
    images = [
        Image.of_binary(reference, programs[name], "/pause" if name == "pause" else f"/usr/local/bin/{name}")
        for reference in references
        if (name := program(reference)) != "kube-proxy"
    ]
    write_archive(target, images, architecture)


def program(reference: str) -> str:
    """registry.k8s.io/coredns/coredns:v1.13.1 -> coredns."""
    return reference.rsplit("/", 1)[1].split(":")[0]


def proxy_layer(rootfs: Path, kube_proxy: Path) -> bytes:
    """The files of kube-proxy's image as a tar."""
    buffer = io.BytesIO()
    with tarfile.open(rootfs) as source, tarfile.open(fileobj=buffer, mode="w") as layer:
        for member in source:
            if PROXY_FILES.fullmatch(member.name):
                layer.addfile(member, source.extractfile(member) if member.isreg() else None)
        info = layer.gettarinfo(str(kube_proxy), "usr/local/bin/kube-proxy")
        with kube_proxy.open("rb") as binary:
            layer.addfile(info, binary)
    return buffer.getvalue()
