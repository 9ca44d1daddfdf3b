"""A Docker engine that answers: the machine's, else one of ours where root may start it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from ckslab.errors import LabError
from ckslab.progress import Progress
from tests.tools.rig.folder import folder

BOUNDED = Path(__file__).with_name("bounded-runc")
CAP_SYS_RESOURCE = 24
SECONDS = 30.0

INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_INOTIFY = 512
"""What kind's own list of known issues asks for. A node takes up to 40, Linux gives a user 128, and a kubelet that gets
none does not start (seen with two workers)."""


def docker(*arguments: str, stdin: bytes | None = None) -> bytes:
    """Run the docker program; LabError with its words when it fails."""
    done = subprocess.run(["docker", *arguments], input=stdin, capture_output=True, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise LabError(f"docker {arguments[0]} failed", details=words[-2000:])
    return done.stdout


def answers() -> bool:
    """Whether an engine answers."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0


def ensure(progress: Progress) -> bool:
    """An engine that answers; whether it had to be started. LabError says why there is none."""
    if answers():
        return False
    dockerd = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if dockerd is None:
        raise LabError("no Docker engine answers and none is installed", advice="sudo apt-get install docker.io")
    if os.geteuid() != 0:
        raise LabError("no Docker engine answers", advice="sudo systemctl start docker")
    progress.step("starting a Docker engine")
    _enough_inotify(progress)
    if before := _ours():
        _gone(before)  # it ends at this moment, or another rig starts it: its pid file keeps ours from starting
        if answers():
            return False
    _start(dockerd)
    return True


def stop() -> None:
    """End the engine that we started."""
    if pid := _ours():
        os.kill(pid, signal.SIGTERM)
        _gone(pid)
    (folder() / "dockerd.pid").unlink(missing_ok=True)


def _ours() -> int | None:
    """The process of the engine that a rig of this cache started, if it lives."""
    try:
        pid = int((folder() / "dockerd.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ValueError):
        return None
    return pid if os.fsencode(folder()) in words else None


def _gone(pid: int) -> None:
    """Wait, within SECONDS, until the process is gone; it may be our child or another rig's."""
    end = time.monotonic() + SECONDS
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.1)


def _start(dockerd: str) -> None:
    """It outlives us, as a service of the machine would; what it keeps is in the cache beside the binaries."""
    kept = folder()
    words = [dockerd, f"--data-root={kept / 'docker'}"]
    if not _may_give(CAP_SYS_RESOURCE):
        words += [f"--add-runtime=bounded={BOUNDED}", "--default-runtime=bounded"]
    with (kept / "dockerd.log").open("wb") as log:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )
    (kept / "dockerd.pid").write_text(f"{process.pid}\n")
    end = time.monotonic() + SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > end:
            said = (kept / "dockerd.log").read_text(errors="replace")[-2000:]
            raise LabError("the Docker engine did not start", details=said)
        time.sleep(0.2)


def _enough_inotify(progress: Progress) -> None:
    """Only where the engine is ours to start, too; it lasts until the machine ends. What is refused stays as it is."""
    if int(INOTIFY.read_text()) < ENOUGH_INOTIFY:
        with contextlib.suppress(OSError):
            INOTIFY.write_text(f"{ENOUGH_INOTIFY}\n")
            progress.step(f"{INOTIFY}: {ENOUGH_INOTIFY}, enough for several nodes side by side")


def _may_give(capability: int) -> bool:
    """Whether this process has the capability in its bounding set."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapBnd:"):
            return bool(int(line.split()[1], 16) >> capability & 1)
    return True
