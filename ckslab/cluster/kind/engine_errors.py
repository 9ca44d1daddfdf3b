"""What an engine or kind says when something is wrong, and what a person may do about it."""

from __future__ import annotations

import re

from ckslab.errors import LabError

KNOWN = (
    (
        r"permission denied.*(docker\.sock|podman\.sock|socket)|docker\.sock.*permission denied",
        "{engine} may not be used by this user",
        "sudo usermod -aG docker $USER, then log out and in · or run the command with sudo",
    ),
    (
        (
            r"[Cc]annot connect to the Docker daemon|[Ii]s the docker daemon running|unable to connect to Podman"
            r"|connection refused.*\.sock|error during connect|\.sock: connect: no such file"
        ),
        "{engine} does not answer",
        "sudo systemctl start docker · or start Docker Desktop · or --cluster local",
    ),
    (r"no space left on device|disk quota exceeded", "the disk is full", "free some: docker system df · df -h"),
    (
        r"port is already allocated|address already in use",
        "a port that the cluster needs was taken by another program",
        "end that program, or make the cluster anew: ckslab reset",
    ),
    (
        r"[Tt]oo many open files|inotify_init",
        "this machine's inotify instances have run out",
        "sudo sysctl fs.inotify.max_user_instances=512 · or stop a lab",
    ),
    (
        r"The kubelet is not (running|healthy)",  # before the network: it is asked at an address, too
        "the node's kubelet did not start",
        "run the same command again · its own last errors are shown with this one · ckslab doctor",
    ),
    (r"[Cc]annot allocate memory|out of memory|OOM", "there is not enough memory", "give {engine} 2 GiB or more"),
    (
        r"no such host|i/o timeout|TLS handshake timeout|network is unreachable|dial tcp|Temporary failure in name",
        "the image could not be pulled: no network",
        (
            "pull it where there is one and load it here: docker save · docker load\n"
            "or name one that is here: --node-image IMAGE (CKSLAB_KIND_IMAGE) · or --cluster local"
        ),
    ),
    (
        r"manifest unknown|pull access denied|not found: manifest|No such image|repository does not exist",
        "the node image is not there",
        "name another: --node-image IMAGE (CKSLAB_KIND_IMAGE) · or --cluster local",
    ),
    (
        r"unable to apply caps",
        "{engine} may not start privileged containers here",
        "this machine withholds capabilities: take Docker 23 or newer · or --cluster local",
    ),
    (
        r"[Uu]nknown (field|flag)|requires? kind|running kind with rootless",
        "this kind, or this engine, cannot do what is asked",
        "ckslab doctor",
    ),
)


def diagnose(engine: str, what: str, said: str) -> LabError:
    """The error for a failed call: its cause in words where it is a known one, else what was said."""
    said = said.strip()
    for pattern, cause, advice in KNOWN:
        if re.search(pattern, said):
            told = cause.format(engine=engine)
            return LabError(f"{what} failed: {told}", advice=advice.format(engine=engine), details=said[-2000:])
    last = said.splitlines()[-1] if said else "it said nothing"
    return LabError(f"{what} failed: {last}", advice="next: ckslab doctor", details=said[-2000:])
