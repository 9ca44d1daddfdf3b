"""A CKSLAB_HOME whose labs are kind clusters, in a HOME of its own with a kubeconfig that nobody may touch."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckslab.cluster.binaries.cache import default_cache_dir
from ckslab.cluster.kind.record import cluster_name
from tests.support.node_fixtures.home import SCENARIO, Ended, Home

LABS = (SCENARIO, "second", "images-lab")
PATIENCE = 280.0
"""Seconds for one command: where other tests have the processors, kind alone may take two minutes."""
KUBECONFIG = "kind: Config\napiVersion: v1\ncurrent-context: theirs\ncontexts: []\nclusters: []\nusers: []\n"


@dataclass
class KindHome(Home):
    """See Home."""

    @classmethod
    def made(cls, image: str) -> KindHome:
        """An empty one."""
        path = Path(tempfile.mkdtemp(prefix="ckk-"))
        (path / ".kube").mkdir()
        (path / ".kube" / "config").write_text(KUBECONFIG)
        cache = default_cache_dir().parent
        (path / "cache").symlink_to(cache)
        env = {"CKSLAB_CLUSTER": "kind", "CKSLAB_KIND_IMAGE": image, "HOME": str(path)}
        return cls(path, env | {"XDG_CACHE_HOME": str(cache.parent)})

    def run(self, *args: str, stdin: str = "", timeout: float = PATIENCE) -> Ended:
        """See Home.run; a cluster takes longer than an embedded node."""
        return super().run(*args, stdin=stdin, timeout=timeout)

    def kubeconfig_of_the_user(self) -> str:
        """What ~/.kube/config holds now."""
        return (self.path / ".kube" / "config").read_text()

    def cluster(self, name: str = SCENARIO) -> str:
        """kind's name for a lab's cluster."""
        return cluster_name(self.lab(name))

    def container(self, name: str = SCENARIO) -> str:
        """The name of a lab's container."""
        return f"{self.cluster(name)}-control-plane"

    def container_id(self, name: str = SCENARIO) -> str:
        """The id in the lab's record."""
        found: dict[str, Any] = json.loads((self.lab(name) / "kind.json").read_text())
        return str(found["container"])

    def left(self) -> list[str]:
        """What is left of labs: containers and volumes too."""
        names = docker("ps", "--all", "--format", "{{.Names}}").splitlines()
        return [*super().left(), *(name for name in names if name in [self.container(lab) for lab in LABS])]

    def remove(self) -> None:
        """Stop all labs and remove the home; what is left of labs then fails the test."""
        try:
            super().remove()
        finally:
            for lab in LABS:
                subprocess.run(
                    ["docker", "rm", "--force", "--volumes", self.container(lab)], capture_output=True, check=False
                )


def docker(*arguments: str) -> str:
    """Run docker and give its output."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
