"""A lab as measurements use it: its solution played, its API server's flags changed, its files handed in."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ckslab.add_ons.gatekeeper import GatekeeperAddOn
from ckslab.add_ons.gatekeeper.manifest import NAMESPACE, webhook_configurations
from ckslab.add_ons.gatekeeper.start import MERGE, start_gatekeeper
from ckslab.add_ons.gatekeeper.start import NAMES as DEPLOYMENTS
from ckslab.cluster.api import Api
from ckslab.cluster.node.live_files import LiveFiles
from ckslab.control_plane.policies import settle_policies
from ckslab.control_plane.settle import settle
from ckslab.lab import backends, catalogue
from ckslab.needs.probe import ProbeFact, ProbeNeed
from ckslab.needs.probe.draw import Draw
from ckslab.needs.probe.round import send_probes
from ckslab.needs.sources import Sources
from ckslab.progress import Silent
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import answer_steps
from ckslab.scenario.model import Scenario
from ckslab.steps import run_steps
from ckslab.steps.cluster_steps import ClusterSteps
from ckslab.store.record import read_record

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
ANCHOR = "    - --authorization-mode="
PATIENCE = 120.0


class RunningLab:
    """A running lab by its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._node = backends.backend(read_record(folder).cluster).open(folder)
        self._api = Api(self._node.kubeconfig)
        self._files = LiveFiles(self._node)

    def settle(self) -> None:
        """Wait until what runs is what the files say."""
        settled = settle(self._node, self._api, Silent())
        if settled.state != "ready":
            raise RuntimeError(f"the API server is {settled.state}: {settled.look.log[-5:]}")

    @property
    def scenario(self) -> Scenario:
        """Its scenario, with what was drawn for it."""
        record = read_record(self._folder)
        return catalogue.load_folder(record.folder, record.nonce, record.seed)

    def solve(self) -> None:
        """Play the solution of its scenario, and wait."""
        steps = answer_steps(load_answers(self.scenario), "solution")
        run_steps(steps, self._files, ClusterSteps(self._node, self._api, Silent(), GatekeeperAddOn().lags))
        self.settle()

    def gatekeeper_again(self) -> float:
        """Seconds that Gatekeeper takes to serve once its pods are to start; they are ended before."""
        for name in DEPLOYMENTS:
            path = self._api.path_of("apps/v1", "Deployment", NAMESPACE, name)
            self._api.request("PATCH", path, {"spec": {"replicas": 0}}, content_type=MERGE)
        pods = self._api.path_of("v1", "Pod", NAMESPACE)
        self._until(lambda: not self._api.request("GET", pods).body["items"], "Gatekeeper's pods are still there")
        for webhooks in webhook_configurations():
            path = self._api.path_of(webhooks["apiVersion"], webhooks["kind"], None, webhooks["metadata"]["name"])
            self._api.request("DELETE", path)
        begin = time.perf_counter()
        start_gatekeeper(self._node, self._api, Silent())
        return time.perf_counter() - begin

    def try_objects(self, count: int) -> float:
        """Seconds for dry runs of so many pods with images that the policy allows; all must be admitted."""
        settle_policies(self._api, Silent())
        needs = []
        for number in range(count):
            container = {"name": "main", "image": f"docker.io/library/nginx:1.{number}"}
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {"containers": [container]}}
            needs.append(ProbeNeed(json.dumps(pod), "default"))
        begin = time.perf_counter()
        lab: Any = None  # a probe asks nothing of the lab
        facts = send_probes(needs, Sources(self._node, self._api, None, lab, {}), Draw("bench"), {})
        seconds = time.perf_counter() - begin
        wrong = [fact for fact in facts.values() if not isinstance(fact, ProbeFact) or fact.outcome != "admitted"]
        if wrong:
            raise RuntimeError(f"not admitted: {wrong[0]}")
        return seconds

    @staticmethod
    def _until(condition: Callable[[], bool], otherwise: str) -> None:
        begin = time.perf_counter()
        while not condition():
            if time.perf_counter() - begin > PATIENCE:
                raise RuntimeError(f"{otherwise} after {PATIENCE:.0f} s")
            time.sleep(0.2)

    def hand_in(self, target: Path) -> None:
        """An archive of the files that a learner would hand in."""
        folders = ["etc/kubernetes/manifests", "etc/kubernetes/admission"]
        target.write_bytes(self._node.run(["tar", "-C", "/", "-cf", "-", *folders]).stdout)

    def edit_to_ready(self) -> float:
        """Seconds from the save of a manifest with a flag that no other has to a ready server with it."""
        flag = f"--max-requests-inflight={400 + secrets.randbelow(100_000)}"
        text = (self._files.read(MANIFEST) or b"").decode()
        lines = [line for line in text.splitlines(keepends=True) if "--max-requests-inflight" not in line]
        at = next(number for number, line in enumerate(lines) if line.startswith(ANCHOR))
        changed = "".join([*lines[:at], f"    - {flag}\n", *lines[at:]]).encode()
        begin = time.perf_counter()
        self._files.write(MANIFEST, changed)
        while not (_runs_with(flag) and self._api.ready()):
            if time.perf_counter() - begin > PATIENCE:
                raise RuntimeError(f"no API server with {flag} is ready after {PATIENCE:.0f} s")
            time.sleep(0.05)
        return time.perf_counter() - begin


def _runs_with(flag: str) -> bool:
    """Whether a kube-apiserver with this flag runs; the flag's value is ours alone."""
    wanted = os.fsencode(flag)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if wanted in words and words[0].endswith(b"kube-apiserver"):
                return True
    return False
