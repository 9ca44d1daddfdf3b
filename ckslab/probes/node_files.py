"""Files of a running node: one command for all of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from ckslab.cluster.backend import LABNODE, Node
from ckslab.errors import LabError
from ckslab.evidence import FileFact, FileNeed, FolderFact, FolderNeed


def collect_files(
    node: Node, needs: Iterable[FileNeed | FolderNeed]
) -> dict[FileNeed | FolderNeed, FileFact | FolderFact]:
    """The facts for all needs; LabError when the node does not answer."""
    wanted = list(needs)
    request = {
        "files": [need.path for need in wanted if isinstance(need, FileNeed)],
        "folders": [need.path for need in wanted if isinstance(need, FolderNeed)],
    }
    done = node.run([LABNODE, "files"], stdin=json.dumps(request).encode(), timeout=20)
    if done.returncode:
        raise LabError("the node's files cannot be read", details=done.stderr.decode(errors="replace")[-500:])
    facts = {path: file_fact(data) for path, data in json.loads(done.stdout).items()}
    found: dict[FileNeed | FolderNeed, FileFact | FolderFact] = {}
    for need in wanted:
        fact = facts[need.path]
        if isinstance(need, FolderNeed):
            found[need] = FolderFact(fact, {name: facts[f"{need.path}/{name}"] for name in fact.entries})
        else:
            found[need] = fact
    return found


def file_fact(data: dict[str, Any]) -> FileFact:
    """A FileFact from labnode's JSON."""
    text, encoding = None, ""
    if data["kind"] == "file":
        content = base64.b64decode(data["data"] or "")
        try:
            text, encoding = content.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            encoding = "binary"
    return FileFact(
        path=data["path"],
        kind=data["kind"],
        real=data["real"],
        mode=data["mode"],
        uid=data["uid"],
        size=data["size"],
        sha256=data["sha256"],
        text=text,
        encoding=encoding,  # type: ignore[arg-type]
        entries=tuple(data["entries"] or ()),
        reason=data["reason"],
    )
