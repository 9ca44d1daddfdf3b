"""Become root of a new user namespace, then run a command.

`python -I -S enter.py wait|detach READY GO COUNT PATH... COMMAND...`. A script of its own, not a function:
it must run in a process with a single thread. It writes `+PID` to the descriptor READY once the
namespace exists (or why it cannot), waits for a byte on GO (the parent has written the id maps by then),
becomes root in it and executes COMMAND. With `detach` that is a grandchild, which outlives the caller.

The COUNT paths are shown as /mnt/0, /mnt/1 ... in a mount namespace of their own: as the machine's root we
become a root that may not walk our folders, so the way to them is opened before.
"""

import ctypes
import os
import stat
import sys

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
STAGE = "/mnt"


def stage(libc: ctypes.CDLL, paths: "list[str]") -> None:
    """Show the paths below STAGE, for us and our children alone."""
    check(libc.unshare(CLONE_NEWNS))
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    sources = [os.open(path, os.O_PATH) for path in paths]  # in the new namespace: a mount can be bound only there
    check(libc.mount(b"tmpfs", STAGE.encode(), b"tmpfs", 0, b"mode=755"))
    for number, source in enumerate(sources):
        target = f"{STAGE}/{number}"
        if stat.S_ISDIR(os.fstat(source).st_mode):
            os.mkdir(target)
        else:
            open(target, "x").close()
        check(libc.mount(f"/proc/self/fd/{source}".encode(), target.encode(), None, MS_BIND | MS_REC, None))
        os.close(source)


def check(result: int) -> None:
    """Raise the error of a failed system call."""
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main() -> None:
    """See the module."""
    ready, go, count = (int(word) for word in sys.argv[2:5])
    paths, command = sys.argv[5 : 5 + count], sys.argv[5 + count :]
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.argv[1] == "detach" and os.fork():
        os._exit(0)
    try:
        if paths:
            stage(libc, paths)
        check(libc.unshare(CLONE_NEWUSER))
    except OSError as error:
        os.write(ready, str(error.strerror).encode())
        sys.exit(71)
    os.write(ready, b"+%d" % os.getpid())
    os.close(ready)
    if not os.read(go, 1):
        sys.exit(71)
    os.close(go)
    if open("/proc/self/setgroups").read().strip() == "allow":
        os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    os.execv(command[0], command)


main()
