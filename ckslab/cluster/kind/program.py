"""The kind program: found on PATH, fetched or built, and run with its own steps as progress."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections import deque
from pathlib import Path

from ckslab.cluster import binaries
from ckslab.cluster.kind import TEMPLATES
from ckslab.cluster.kind.container import node_name
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.engine_errors import diagnose
from ckslab.cluster.node.child import die_with_parent
from ckslab.cluster.node.templates import filled
from ckslab.errors import LabError
from ckslab.progress import Progress

KUBELET = "The kubelet is not"
"""How kubeadm begins its sentence about a kubelet that did not become healthy."""

STEP = re.compile(r" \u2022 (?P<step>.+?)[^\w)]*\.\.\.")
"""What kind prints without a terminal when a step begins: ` • Starting control-plane 🕹️ ...`."""


def ensure(progress: Progress) -> Path:
    """The kind program; MissingCapability when it can neither be found, fetched nor built."""
    return binaries.ensure(["kind"], progress)["kind"]


def create(kind: Path, engine: Engine, cluster: str, image: str, kubeconfig: Path, progress: Progress) -> None:
    """Kind create cluster, into a kubeconfig of ours.

    LabError with the kubelet's own words where it did not start: kind says only that it waited. What could not be
    finished is left for whoever asked, to be read, and removed.
    """
    command = [str(kind), "create", "cluster", f"--name={cluster}", f"--image={image}", "--config=-", "--retain"]
    command.append(f"--kubeconfig={kubeconfig}")
    environment = os.environ | engine.environment() | {"KUBECONFIG": str(kubeconfig)}
    said: deque[str] = deque(maxlen=60)
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            process.stdin.write(filled(TEMPLATES / "cluster.yaml", CLUSTER=cluster))
            process.stdin.close()
            for line in process.stderr:
                said.append(line.rstrip())
                if step := STEP.match(line):
                    progress.step(f"kind: {step['step'].lower()}")
            code = process.wait()
        except BaseException:
            process.kill()
            raise
    if code:
        text = "\n".join(said)
        error = next((line for line in said if line.startswith("ERROR:")), "")
        said_inside = _kubelets_words(engine, cluster) if KUBELET in text else ""
        raise diagnose(engine.name, "kind create cluster", f"{text}\n{error}\n{said_inside}")


def _kubelets_words(engine: Engine, cluster: str) -> str:
    """The last errors in the journal of a node that could not be finished; "" where it cannot be read."""
    journal = ("journalctl", "--unit=kubelet", "--output=cat", "--no-pager", "--lines=200")
    try:
        done = engine.run("exec", node_name(cluster), *journal, timeout=15.0)
    except LabError:
        return ""
    lines = done.stdout.decode(errors="replace").splitlines()
    return "\n".join([line for line in lines if re.match(r"[EF]\d{4} ", line)][-8:])
