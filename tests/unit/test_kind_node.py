"""A kind node is entered by the engine's `exec`: here an engine that runs the command on this machine."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from ckslab.cluster.backend import CONF, NodeFile, NodeService, NodeSpec
from ckslab.cluster.kind import TEMPLATES, apply_lab
from ckslab.cluster.kind.engine import Engine
from ckslab.cluster.kind.node import KindNode
from ckslab.cluster.kind.node_image import LABEL
from ckslab.cluster.kind.record import Record
from ckslab.cluster.lab_images import LabImage
from ckslab.errors import LabError

RECORD = Record("docker", "ckslab-x", "0123abcd", "image", "base", fresh=False)

DOCKER = """#!/bin/sh
here=$(dirname "$0")
case $1 in
exec)
    shift
    [ -e "$here/running" ] || { echo "Error response from daemon: container 0123abcd is not running" >&2; exit 1; }
    while [ "${1#--}" != "$1" ]; do echo "$1" >>"$here/options"; shift; done
    [ "$1" = 0123abcd ] || exit 1
    shift
    exec "$@" ;;
container) cat "$here/inspected" ;;
esac
"""


@pytest.fixture
def node(tmp_path: Path) -> KindNode:
    program = tmp_path / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    state(tmp_path, running=True)
    return KindNode(tmp_path, Engine("docker", str(program)), RECORD)


def state(folder: Path, *, running: bool) -> None:
    labels = {"io.x-k8s.kind.cluster": RECORD.cluster, LABEL: "1"}
    container = {"Id": RECORD.container, "State": {"Running": running}, "Config": {"Labels": labels}, "Mounts": []}
    (folder / "inspected").write_text(json.dumps([container]))
    (folder / "running").touch() if running else (folder / "running").unlink()


def test_a_command_has_the_nodes_environment_and_its_own_input(node: KindNode) -> None:
    done = node.run(["sh", "-c", "cat; exit 3"], stdin=b"given")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"given", b"")
    options = (node.folder / "options").read_text().split("\n")
    assert "--env=KUBECONFIG=/root/.kube/config" in options
    assert "--interactive" in options
    assert "--tty" not in options


@pytest.mark.parametrize("script", ["sleep 20", "echo said >&2; sleep 20", "exec sleep 20"])
def test_a_command_that_runs_out_of_time_is_an_error_whatever_it_said(node: KindNode, script: str) -> None:
    with pytest.raises(TimeoutError, match="took longer than 1 s on the node"):
        node.run(["sh", "-c", script], timeout=1.0)


@pytest.mark.parametrize("text", ["Error from server: container not found", "connection refused: API", ""])
def test_a_commands_own_words_about_errors_are_not_the_engines(node: KindNode, text: str) -> None:
    (node.folder / "inspected").write_text("nobody asks")
    done = node.run(["sh", "-c", f"printf '%s' '{text}' >&2; exit 1"])
    assert (done.returncode, done.stderr.decode()) == (1, text)


def test_a_node_that_does_not_run_is_told(node: KindNode) -> None:
    state(node.folder, running=False)
    with pytest.raises(LabError, match="the lab's node does not run"):
        node.run(["true"])


def test_an_engine_that_refuses_although_the_node_runs_is_told_with_its_words(node: KindNode) -> None:
    (node.folder / "running").unlink()
    with pytest.raises(LabError, match="entering the lab's node failed") as raised:
        node.run(["true"])
    assert "is not running" in raised.value.details


def test_on_a_terminal_the_command_gets_one(node: KindNode) -> None:
    words = node.shell_command(["bash"], terminal={"TERM": "xterm"})
    assert {"--interactive", "--tty", "--env=TERM=xterm"} <= set(words)
    assert "--tty" in node.shell_command(["bash"], terminal={})
    assert "--tty" not in node.shell_command(["bash"], terminal=None)
    assert words[-1] == "bash"


def test_what_is_laid_over_a_node_holds_what_it_runs(tmp_path: Path) -> None:
    service = NodeService("clock", ("/bin/sh", f"{CONF}/clock/clock.sh"), ("clock.lab",), {"clock.sh": b":"})
    spec = NodeSpec((NodeFile("/opt/a", b"a"),), ("/opt/b",), (service,))
    (tmp_path / "pack").mkdir()
    pack = apply_lab._pack(tmp_path / "pack", tmp_path, spec, "amd64", reset=False)
    with tarfile.open(fileobj=io.BytesIO(pack)) as tar:
        held = {member.name: tar.extractfile(member).read() for member in tar if member.isreg()}  # type: ignore[union-attr]
    assert f"/{apply_lab.SCRIPT} $1" in apply_lab.UNPACK
    assert set(held) == {
        apply_lab.SCRIPT,
        "overlay.tar",
        "removed",
        "hosts",
        "conf/init.json",
        "conf/clock/clock.sh",
    }
    assert held["hosts"] == b"127.0.0.1 clock.lab\n"
    started = {one["name"]: one["argv"] for one in json.loads(held["conf/init.json"])["services"]}
    assert started["clock"] == ["/bin/sh", "/lab/conf/clock/clock.sh"]


def test_images_of_a_lab_are_laid_with_it_as_files_and_for_the_store(tmp_path: Path) -> None:
    spec = NodeSpec(images=(LabImage("a:1", archive="/opt/a.tar"), LabImage("b:1", "busybox")))
    (tmp_path / "pack").mkdir()
    pack = apply_lab._pack(tmp_path / "pack", tmp_path, spec, "arm64", reset=False)
    with tarfile.open(fileobj=io.BytesIO(pack)) as tar:
        stored, laid = (tar.extractfile(name).read() for name in ("conf/images.tar", "overlay.tar"))  # type: ignore[union-attr]
    with tarfile.open(fileobj=io.BytesIO(stored)) as tar:
        entries = json.load(tar.extractfile("index.json"))["manifests"]  # type: ignore[arg-type]
    assert {entry["platform"]["architecture"] for entry in entries} == {"arm64"}
    names = {entry["annotations"]["io.containerd.image.name"] for entry in entries}
    assert names == {"docker.io/library/b:1", f"docker.io/library/b@{entries[0]['digest']}"}
    with tarfile.open(fileobj=io.BytesIO(laid)) as tar:
        assert tar.getnames() == ["opt/a.tar"]


@pytest.mark.parametrize("script", sorted(TEMPLATES.glob("*.sh")), ids=lambda script: script.name)
def test_the_nodes_scripts_are_shell(script: Path) -> None:
    shell = "bash" if script.read_text().startswith("#!/bin/bash") else "sh"
    assert subprocess.run([shell, "-n", script], check=False).returncode == 0
