"""Files of a running node, by commands in it: paths are arguments, content is standard input."""

from __future__ import annotations

import subprocess

from ckslab.cluster.backend import Node
from ckslab.errors import LabError

MAX_READ = 16 << 20
_ABSENT = 44
_TIMEOUT = 20.0

_READ = f"""
[ -f "$1" ] || exit {_ABSENT}
exec head -c {MAX_READ + 1} -- "$1"
"""

# The temporary file has the target's file system, so that mv is a rename; never the manifests' folder, of
# which the kubelet takes every file. A symbolic link stays one: the file that it leads to is replaced.
_WRITE = """
set -eu
target=$(readlink -m -- "$1")
[ ! -d "$target" ] || { echo "$target is a folder" >&2; exit 1; }
folder=$(dirname -- "$target")
mkdir -p -- "$folder"
case "$folder/" in
  /etc/kubernetes/manifests/*) near=/etc/kubernetes ;;
  *) near=$folder ;;
esac
new=$(mktemp -- "${near%/}/.ckslab-XXXXXXXX")
trap 'rm -f -- "$new"' EXIT
cat > "$new"
mode=${2:-$(stat -c %a -- "$target" 2>/dev/null || echo 644)}
if [ -e "$target" ]; then chown --reference="$target" -- "$new"; fi
chmod "$mode" -- "$new"
mv -fT -- "$new" "$target"
"""

_REMOVE = 'exec rm -f -- "$1"'


class LiveFiles:
    """NodeFiles of a running node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def read(self, path: str) -> bytes | None:
        """The content of a regular file of at most MAX_READ bytes."""
        done = self._run(_READ, path)
        if done.returncode == _ABSENT:
            return None
        self._must(done, f"read {path}")
        if len(done.stdout) > MAX_READ:
            raise LabError(f"{path} on the node is larger than {MAX_READ} bytes")
        return done.stdout

    def write(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Replace the file by rename; its owner stays."""
        bits = "" if mode is None else f"{mode:o}"
        self._must(self._run(_WRITE, path, bits, stdin=data), f"write {path}")

    def remove(self, path: str) -> None:
        """Remove the file or symbolic link."""
        self._must(self._run(_REMOVE, path), f"remove {path}")

    def _run(self, script: str, path: str, *more: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        if not path.startswith("/") or "\0" in path:
            raise LabError(f"not the path of a node file: {path!r}")
        argv = ["sh", "-c", script, "sh", path, *more]
        try:
            return self._node.run(argv, stdin=stdin, timeout=_TIMEOUT)
        except TimeoutError:
            raise LabError(f"the node did not answer within {_TIMEOUT:.0f} s about {path}") from None

    @staticmethod
    def _must(done: subprocess.CompletedProcess[bytes], what: str) -> None:
        if done.returncode != 0:
            details = done.stderr.decode("utf-8", "replace").strip()
            raise LabError(f"cannot {what} on the node (exit code {done.returncode})", details=details)
