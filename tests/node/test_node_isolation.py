"""The node's root is nobody on this machine, and nothing of the machine can be changed from the node."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from tests.support.node_fixtures.home import Home

pytestmark = pytest.mark.node


def test_as_root_the_nodes_root_is_not_the_machines(lab: Home) -> None:
    pid = lab.record()["init"]["pid"]
    status = Path(f"/proc/{pid}/status").read_text()
    uid = int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1])
    assert uid == (1_000_000_000 if os.geteuid() == 0 else os.geteuid())


@pytest.mark.parametrize("path", ["/usr/bin", "/lab/bin", "/lab/conf", "/etc/ssl"])
def test_what_is_the_machines_cannot_be_made_writable(lab: Home, path: str) -> None:
    ended = lab.node(
        f"test -d {path} || exit 9; for how in remount,rw remount,rw,bind; do mount -o $how {path} && exit 1; done;"
        f" touch {path}/ckslab-was-here && exit 1; exit 0"
    )
    if ended.code == 9:
        pytest.skip(f"this machine has no {path}")
    ended.ok()
    assert not Path(path, "ckslab-was-here").exists()


def test_what_lies_below_a_mount_of_the_machine_is_empty(lab: Home) -> None:
    script = "umount -l /lab/bin && find /lab/bin -mindepth 1"
    assert lab.node(f"unshare --mount sh -c '{script}'").ok().out == ""


def test_the_shared_images_cannot_be_written(lab: Home) -> None:
    ended = lab.node(
        "cd /var/lib/containerd; f=$(find . -path '*/fs/usr/local/bin/kube-apiserver'); [ -n \"$f\" ] || exit 9;"
        " if [ $(stat -c %h $f) = 1 ]; then exit 0; fi; ! { chmod u+w $f || echo x >>$f || chown 0 $f; }"
    )
    assert ended.code == 0, ended


def test_the_homes_of_this_machine_are_not_there(lab: Home) -> None:
    owner = pwd.getpwuid(os.geteuid()).pw_dir
    seen = (
        lab.node(f"ls -A /home; ls -d {owner}/.cache {lab.path} /mnt /proc/1/root/mnt 2>/dev/null; true").ok().out
    )
    assert seen.split() in ([], [".keep"])


def test_the_working_folder_leads_nowhere_else(lab: Home) -> None:
    assert (
        lab.node("readlink /proc/self/cwd; cd ../..; pwd; ls -d /proc/self/cwd/lab").ok().out.split()[0] == "/root"
    )


def test_unknown_names_fail_at_once(lab: Home) -> None:
    script = "begin=$(date +%s%N); getent hosts nosuch.example; echo $? $((($(date +%s%N) - begin) / 1000000))"
    code, millis = lab.node(script).ok().out.split()
    assert code == "2"
    assert int(millis) < 1000
    ended = lab.node("timeout 20 kubectl --server https://nosuch.example:6443 --request-timeout 9s get nodes")
    assert ended.code == 1
    assert ended.seconds < 8
    assert "no such host" in ended.err


def test_the_scanner_is_reached_from_the_node_only(lab: Home) -> None:
    lab.node("bash -c 'exec 3<>/dev/tcp/scanner.lab/8443'").ok()
    pod = "unshare --net sh -c \"ip link set lo up; exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/8443'\""
    assert "Connection refused" in lab.node(pod).err
    # The node's own address, which pods can reach, does not serve it.
    assert lab.node("bash -c 'exec 3<>/dev/tcp/172.30.1.2/8443'").code != 0


def test_the_machines_own_port_is_another(lab: Home) -> None:
    pid = lab.record()["init"]["pid"]
    assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")
    listening = Path("/proc/self/net/tcp").read_text().splitlines()[1:]
    inodes = {line.split()[9] for line in listening if line.split()[1].endswith(f":{8443:04X}")}
    scanner = [one.pid for one in lab.processes() if "labnode scanner" in one.command]
    assert len(scanner) == 1
    held = {os.readlink(entry) for entry in Path(f"/proc/{scanner[0]}/fd").iterdir()}
    assert not held & {f"socket:[{inode}]" for inode in inodes}
