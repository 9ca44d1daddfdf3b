"""Become root of a new user namespace, then run a command.

`python -I -S enter.py wait|detach|plain READY GO COUNT PATH... COMMAND...`. A script of its own, not a
function: it must run in a process with a single thread. It writes `+PID` to the descriptor READY once the
namespace exists (or why it cannot), waits for a byte on GO (the parent has written the id maps by then),
becomes root in it and runs COMMAND. With `detach` that is a grandchild, which outlives the caller; else
COMMAND and all its children are killed when GO ends, which it does with the caller: a copy that goes on
after a kill -9 would meet the next command's removal. `plain` does without a namespace.

The COUNT paths are shown as /mnt/0, /mnt/1 ... in a mount namespace of their own, and COMMAND's root can
undo none of it: what is shown read-only (`r/PATH`, else `w/PATH`) stays so, even where its files are ours.
Locked are mounts that come from a more privileged namespace (mount_namespaces(7)). As the machine's root we
show them before we become another root, who may not walk our folders; as anybody else we can mount only
in a user namespace, so COMMAND gets a second one in it.
"""

import ctypes
import os
import select
import signal
import stat
import sys

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = -100, 0x8000, 1
SYS_MOUNT_SETATTR = 442  # the same number on all architectures, Linux 5.12
STAGE = "/mnt"


def stage(libc: ctypes.CDLL, paths: "list[str]") -> None:
    """Show the paths below STAGE, for us and our children alone."""
    check(libc.unshare(CLONE_NEWNS))
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    # opened in the new namespace: a mount can be bound only there
    sources = [os.open(path[1:], os.O_PATH) for path in paths]
    check(libc.mount(b"tmpfs", STAGE.encode(), b"tmpfs", 0, b"mode=755"))
    for number, source in enumerate(sources):
        target = f"{STAGE}/{number}"
        if stat.S_ISDIR(os.fstat(source).st_mode):
            os.mkdir(target)
        else:
            open(target, "x").close()
        check(libc.mount(f"/proc/self/fd/{source}".encode(), target.encode(), None, MS_BIND | MS_REC, None))
        os.close(source)
        if paths[number][0] == "r":
            attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)
            where = (AT_FDCWD, ctypes.c_char_p(target.encode()), AT_RECURSIVE)
            check(libc.syscall(SYS_MOUNT_SETATTR, *where, attributes, ctypes.sizeof(attributes)))


def nest(libc: ctypes.CDLL) -> None:
    """Enter a second user namespace with the same ids: a child that stays behind writes its maps."""
    begin, go = os.pipe()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        os.close(go)
        os.read(begin, 1)
        for kind in ("uid", "gid"):
            rows = [line.split() for line in open(f"/proc/self/{kind}_map")]
            with open(f"/proc/{parent}/{kind}_map", "w") as target:
                target.write("".join(f"{inside} {inside} {count}\n" for inside, _, count in rows))
        os._exit(0)
    check(libc.unshare(CLONE_NEWUSER))
    os.write(go, b"g")
    if os.waitpid(child, 0)[1]:
        sys.exit(71)
    os.close(begin)
    os.close(go)


def check(result: int) -> None:
    """Raise the error of a failed system call."""
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become_root() -> None:
    """Id 0 of our user namespace, without other groups."""
    with open("/proc/self/setgroups") as setgroups:
        if setgroups.read().strip() == "allow":
            os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def run_tethered(command: "list[str]", go: int) -> int:
    """Run `command` in our process group, which is killed when `go` ends; the command's exit code."""
    child = os.fork()
    if child == 0:
        os.close(go)
        os.execv(command[0], command)
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(go, select.POLLIN)
    if all(number != ended for number, _ in poll.poll()):
        os.killpg(0, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF


def main() -> None:
    """See the module."""
    ready, go, count = (int(word) for word in sys.argv[2:5])
    paths, command = sys.argv[5 : 5 + count], sys.argv[5 + count :]
    libc = ctypes.CDLL(None, use_errno=True)
    machine_root = os.geteuid() == 0
    mode = sys.argv[1]
    if mode == "plain":
        sys.exit(run_tethered(command, go))
    if mode == "detach" and os.fork():
        os._exit(0)
    try:
        if paths and machine_root:
            stage(libc, paths)
        check(libc.unshare(CLONE_NEWUSER))
    except OSError as error:
        os.write(ready, str(error.strerror).encode())
        sys.exit(71)
    os.write(ready, b"+%d" % os.getpid())
    os.close(ready)
    if not os.read(go, 1):
        sys.exit(71)
    become_root()
    if paths and not machine_root:
        stage(libc, paths)
        nest(libc)
        become_root()
    if mode == "wait":
        sys.exit(run_tethered(command, go))
    os.close(go)
    os.execv(command[0], command)


main()
