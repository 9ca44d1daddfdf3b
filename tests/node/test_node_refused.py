"""What cannot work says why in a few lines, changes nothing, and leaves a lab that can be stopped."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.node_fixtures.home import ROOT, SCENARIO, SCENARIOS, Home

pytestmark = pytest.mark.node


def advice(err: str) -> list[str]:
    """The lines after `next: `."""
    return err[err.index("next: ") :].strip().splitlines()


def test_a_home_whose_path_is_too_long_says_so_before_anything_is_made(home: Home) -> None:
    long = home.path / ("x" * 70)
    home.env["CKSLAB_HOME"] = str(long)
    ended = home.run("start", SCENARIO)
    del home.env["CKSLAB_HOME"]
    assert ended.code == 3
    assert "too long for sockets" in ended.err
    assert "CKSLAB_HOME" in "\n".join(advice(ended.err))
    assert list((long / "labs").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "no valid JSON"),
        ("[]", "a JSON object was expected"),
        ('{"format": 1}', "not the record of a lab"),
        ('{"format": 99, "version": "9.0"}', "made by a newer ckslab (9.0"),
        ('{"format": 0, "version": "0.0"}', "made by an older ckslab (0.0"),
    ],
)
def test_a_damaged_or_foreign_lab_is_named_and_can_be_stopped(home: Home, content: str, says: str) -> None:
    home.lab().mkdir(parents=True, mode=0o700)
    (home.lab() / "lab.json").write_text(content)
    (home.path / "labs").chmod(0o700)
    for command in ("start", "grade", "reset"):
        ended = home.run(command, SCENARIO)
        assert ended.code == 3
        assert says in ended.err
    assert home.state() == "broken"
    home.run("stop").ok()
    assert home.left() == []


def test_a_running_lab_whose_record_was_lost_is_stopped_with_its_processes(home: Home) -> None:
    home.run("start", SCENARIO).ok()
    (home.lab() / "lab.json").write_text("{")
    home.run("stop").ok()
    assert home.left() == []


def test_without_user_namespaces_three_lines_say_what_to_do(home: Home) -> None:
    refused = [sys.executable, "-c", REFUSE, sys.executable, "-m", "ckslab"]
    for arguments in (["start", SCENARIO], ["setup"]):
        done = subprocess.run(
            [*refused, *arguments], env=home.environment(), cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 3, done.stderr
        assert "no user namespace can be made here" in done.stderr
        assert "Traceback" not in done.stderr
        assert "kernel.apparmor_restrict_unprivileged_userns" in done.stderr
        assert 3 <= len(advice(done.stderr)) <= 4
    assert not home.lab().exists()


REFUSE = """
# A seccomp filter, inherited by all: unshare(CLONE_NEWUSER...) fails with EPERM, as in most containers.
import ctypes, os, platform, struct, sys
machine = {"x86_64": (0xC000003E, 272), "aarch64": (0xC00000B7, 97)}[platform.machine()]
code = [(0x20, 0, 0, 4), (0x15, 0, 5, machine[0]), (0x20, 0, 0, 0), (0x15, 0, 3, machine[1]),
        (0x20, 0, 0, 16), (0x45, 0, 1, 0x10000000), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
data = b"".join(struct.pack("HBBI", *one) for one in code)
held = ctypes.create_string_buffer(data)
program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(held))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0, os.strerror(ctypes.get_errno())
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_home_that_cannot_be_written_says_so(home: Home) -> None:
    script = f'mount --bind {home.path} {home.path} && mount -o remount,ro,bind {home.path} && exec "$@"'
    done = in_mounts(home, script, "start", SCENARIO)
    assert done.returncode == 3, done.stderr
    assert "read-only file system" in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert advice(done.stderr)


@pytest.mark.parametrize("megabytes", [1, 100])
def test_a_full_disk_says_so_and_the_lab_can_be_stopped(home: Home, megabytes: int) -> None:
    labs = home.path / "labs"
    labs.mkdir(mode=0o700)
    script = (
        f"mount -t tmpfs -o size={megabytes}m,mode=700 none {labs}\n"
        # of this home alone: other tests have labs of their own beside this one
        f'"$@"; code=$?; [ -z "$(pgrep -f {home.path}/[l]abs/node-lab)" ] || exit 9\n'
        "shift $(($# - 2)); $0 -m ckslab stop >/dev/null || exit 8; exit $code"
    )
    done = in_mounts(home, script, "start", SCENARIO)
    assert done.returncode == 3, done.stderr
    assert "no space left" in done.stderr.lower()
    assert "free some space" in "\n".join(advice(done.stderr))
    assert "Traceback" not in done.stderr


def in_mounts(home: Home, script: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `ckslab ARGS` by a script in a mount namespace of its own."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root can mount: CAP_SYS_ADMIN and unshare (util-linux) are missing")
    command = ["unshare", "--mount", "sh", "-c", script, sys.executable, sys.executable, "-m", "ckslab", *args]
    return subprocess.run(command, env=home.environment(), cwd=ROOT, capture_output=True, text=True, timeout=150)


def test_unknown_names_of_scenarios_and_labs_list_what_there_is(home: Home) -> None:
    ended = home.run("start", "no-such")
    assert ended.code == 2
    assert home.run("grade", "no-such").code == 2
    assert json.loads(home.run("status", "--output", "json").ok().out)["labs"] == []
    assert (Path(SCENARIOS) / SCENARIO).is_dir()
