"""Labs of an ordinary user: with subordinate ids, and with his own id alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.node_fixtures import user
from tests.support.node_fixtures.home import ROOT, SCENARIO, Home, wait_for

pytestmark = pytest.mark.node
Figure = Callable[[str, float], None]


@pytest.fixture(scope="module")
def ordinary(node_cache: Path) -> Iterator[Home]:
    """A home of an ordinary user; without root's rights we are one ourselves."""
    if missing := user.missing():
        pytest.skip(f"an ordinary user cannot be made: {', '.join(missing)}")
    folder = Path(tempfile.mkdtemp(prefix="cku-"))
    folder.chmod(0o711)
    own = folder / f"ckn-{folder.name}"  # its name finds its processes
    own.mkdir(mode=0o700)
    programs = _programs(folder / "binaries")
    made = user.User(own)
    home = Home(own)
    try:
        home.prefix = made.prefix([*user.interpreter(), ROOT])
        home.env = {"CKSLAB_BINARIES": str(programs), "HOME": str(own), "USER": user.NAME}
        yield home
        assert not home.processes()
    finally:
        made.remove()
        shutil.rmtree(folder)


def _programs(folder: Path) -> Path:
    """The binaries as links or copies that everybody can read."""
    from ckslab.cluster import binaries

    folder.mkdir()
    for name, found in binaries.locate(binaries.REQUIRED).items():
        assert isinstance(found, binaries.Found)
        if name != "bwrap":
            try:
                os.link(found.path.resolve(), folder / name)
            except OSError:
                shutil.copy(found.path, folder / name)
    return folder


@pytest.fixture(params=["subordinate ids", "one id"])
def ids(request: pytest.FixtureRequest, ordinary: Home) -> Iterator[str]:
    """With newuidmap on the PATH, and without."""
    path, folder = os.environ["PATH"], ordinary.path.parent / "path"
    if request.param == "one id":
        folder.mkdir(exist_ok=True)  # two of the tests ask for it
        for place in (Path(entry) for entry in path.split(os.pathsep)):
            for tool in place.iterdir() if place.is_dir() else ():
                if tool.name not in ("newuidmap", "newgidmap") and not (folder / tool.name).is_symlink():
                    (folder / tool.name).symlink_to(tool)
        path = str(folder)
    ordinary.env["PATH"] = path
    yield request.param
    ordinary.run("stop", "--all")


def test_a_users_lab_lives_and_leaves_nothing(ordinary: Home, ids: str, figure: Figure) -> None:
    figure(f"first start, {ids}", ordinary.run("start", SCENARIO).ok().seconds)
    rows = ordinary.node("cat /proc/self/uid_map; pwd; id -u").ok().out.split()
    assert len(rows) == (8 if ids == "subordinate ids" else 5)
    assert rows[-2:] == ["/root", "0"]
    report = ordinary.grade()
    assert (report["score"], report["undecided"]) == (0, 0)
    _runs_a_pod(ordinary)
    _cannot_change_the_machine(ordinary)
    figure(f"reset, {ids}", ordinary.run("reset", SCENARIO).ok().seconds)
    os.kill(ordinary.record()["init"]["pid"], 9)
    wait_for(lambda: ordinary.state() == "stopped")
    assert "goes on" in ordinary.run("start", SCENARIO).ok().out
    figure(f"stop, {ids}", ordinary.run("stop", SCENARIO).ok().seconds)
    assert ordinary.left() == []
    figure(f"warm start, {ids}", ordinary.run("start", SCENARIO).ok().seconds)
    ordinary.run("stop", SCENARIO).ok()
    assert ordinary.left() == []


def _runs_a_pod(home: Home) -> None:
    home.node("kubectl run p --image=registry.k8s.io/pause:3.10.1 --image-pull-policy=Never").ok()
    home.node("kubectl wait --for=condition=Ready pod/p --timeout=60s").ok()


def _cannot_change_the_machine(home: Home) -> None:
    """Files that are the user's own are the ones that his node's root could write to."""
    for path in ("/lab/bin", "/lab/conf"):
        ended = home.node(f"mount -o remount,rw,bind {path}; touch {path}/x")
        assert "Read-only file system" in ended.err
    images = "find /var/lib/containerd -path '*/fs/usr/local/bin/kube-apiserver'"
    template = list(
        home.path.glob("cache/node-templates/*/node/var/lib/containerd/**/fs/usr/local/bin/kube-apiserver")
    )
    assert template
    before = [path.stat().st_mtime_ns for path in template]
    home.node(f"touch $({images})")
    assert [path.stat().st_mtime_ns for path in template] == before


BASE = """
import os, select, sys, time
from pathlib import Path
from ckslab.exam.base_host import sandbox
from ckslab.exam.terminal.shells import Shell

assert sandbox.usable()
folder = Path(sys.argv[1])
(folder / "sock").touch()
shell = Shell(
    lambda slave: sandbox.shell(folder, ["cks-1"], folder / "sock", slave, {"TERM": "dumb", "NO_COLOR": "1"}), 24, 200
)
shell.write(b"stty -echo; id -u; id -un; touch mine; ls -A; ls /root /home; tty; sleep 0.2 & jobs; exit 3\\n")
said, until = b"", time.monotonic() + 60
while time.monotonic() < until:
    if select.select([shell.fd], [], [], 1)[0]:
        data = shell.read()
        if data is None:
            break
        said += data
print(said.decode(), shell.close())
"""


def test_base_of_an_exam_is_a_sandbox_in_which_nobody_is_root(ids: str, ordinary: Home) -> None:
    folder = ordinary.path / f"base-{ids.replace(' ', '-')}"
    command = [*ordinary.prefix, sys.executable, "-c", BASE, str(folder)]
    made = subprocess.run(
        [*ordinary.prefix, "mkdir", "-p", str(folder)], env=ordinary.environment(), capture_output=True, check=False
    )
    assert made.returncode == 0, made.stderr
    ended = subprocess.run(
        command, cwd=ROOT, env=ordinary.environment(), capture_output=True, text=True, timeout=120
    )
    said = ended.stdout.replace("\r\n", "\n")
    assert "1000\ncandidate\n" in said, ended.stderr + said
    assert "mine\n" in said.partition("candidate\n")[2]
    assert "cannot access '/root'" in said
    assert "no job control" not in said
    assert said.rstrip().endswith(" 3")
