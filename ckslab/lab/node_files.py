"""The files of a running lab's node, as the learner edits them, and whether any has changed."""

from __future__ import annotations

import hashlib
from typing import Any

from ckslab.cluster.node.live_files import LiveFiles
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.kubernetes.yaml.text import YamlProblem, read_yaml
from ckslab.lab.model import RunningLab

WATCHED = "etc/kubernetes opt root etc/hosts run/ckslab/starts.json"
"""The last is where the API server's starts are recorded: what it has read decides, too."""

YAML_NAMES = (".yaml", ".yml", ".json")

SCRIPT = f"cd / && find {WATCHED} -xdev -type f -size -1025k -printf '%p %s %C@\\n' 2>/dev/null | sort"


def read_file(running: RunningLab, path: str) -> bytes | None:
    """A node file's content, None where there is none."""
    return LiveFiles(running.node).read(path)


def write_file(running: RunningLab, path: str, data: bytes) -> None:
    """Replace a node file as a whole, by rename; mode and owner are kept."""
    LiveFiles(running.node).write(path, data)


def yaml_problem(path: str, before: bytes | None, after: bytes) -> str:
    """What keeps the text that was saved at `path` from being read as YAML, with its line; "" for nothing.

    A file counts as YAML by its name or its folder, or because what it held before was a mapping.
    """
    meant = path.endswith(YAML_NAMES) or path.startswith(f"{MANIFESTS}/") or isinstance(_value(before), dict)
    if not meant:
        return ""
    try:
        read_yaml(after.decode(), unique_keys=False)
    except YamlProblem as problem:
        return f"line {problem.line or 1}: {problem.reason}"
    except UnicodeDecodeError:
        return "it is not UTF-8"
    return ""


def _value(data: bytes | None) -> Any:
    try:
        return read_yaml((data or b"").decode(), unique_keys=False).value
    except (YamlProblem, UnicodeDecodeError):
        return None


def fingerprint(running: RunningLab) -> str:
    """Differs whenever a file of the node that a learner works on was written, or the API server was started."""
    return hashlib.sha256(running.node.run(["/bin/sh", "-c", SCRIPT]).stdout).hexdigest()
