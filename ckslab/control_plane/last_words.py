"""The last words of what a control plane is made of: for a start that failed, before its node is gone."""

from __future__ import annotations

from ckslab.cluster.backend import Node
from ckslab.errors import LabError
from ckslab.text_lines import lines_of

LINES = 200
"""Of each log that are kept."""

SHOWN = 6
"""Of each log that are shown."""

PARTS = ("kube-apiserver", "etcd", "kubelet", "containerd")

# The kubelet's and containerd's logs are files on the embedded node, and units of the journal on kind's.
SCRIPT = """
part=$1 lines=$2
case $part in
kubelet|containerd)
  if [ -f "/var/log/$part.log" ]; then tail -n "$lines" "/var/log/$part.log"
  else journalctl --unit="$part" --boot --output=cat --no-pager --lines="$lines"; fi ;;
*)
  newest=$(ls -t /var/log/pods/kube-system_"$part"-*/"$part"/*.log 2>/dev/null | head -n 1)
  if [ -n "$newest" ]; then tail -n "$lines" "$newest"; else echo "no container was started"; fi ;;
esac
"""


def last_words(node: Node) -> dict[str, list[str]]:
    """The last lines of each part's log, by its name; why there are none, where a log cannot be read."""
    return {part: _of(node, part) for part in PARTS}


def _of(node: Node, part: str) -> list[str]:
    try:
        done = node.run(["/bin/sh", "-c", SCRIPT, "sh", part, str(LINES)], timeout=20)
    except (LabError, TimeoutError) as error:
        return [f"(cannot be read: {error})"]
    return lines_of((done.stdout or done.stderr).decode(errors="replace"))


def as_text(words: dict[str, list[str]], lines: int) -> str:
    """The last so many lines of each, below its name."""
    return "\n".join("\n".join([f"== {part}", *said[-lines:]]) for part, said in words.items())
