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
    done = node.run([LABNODE, "files"], stdin=request(wanted), timeout=20)
    if done.returncode:
        raise LabError("the node's files cannot be read", details=done.stderr.decode(errors="replace")[-500:])
    return files_found(wanted, done.stdout)


def request(needs: Iterable[FileNeed | FolderNeed]) -> bytes:
    """What `labnode files` is asked on its standard input."""
    paths: dict[str, list[str]] = {"files": [], "folders": []}
    for need in needs:
        paths["folders" if isinstance(need, FolderNeed) else "files"].append(need.path)
    return json.dumps(paths).encode()


def files_found(
    needs: Iterable[FileNeed | FolderNeed], answer: bytes
) -> dict[FileNeed | FolderNeed, FileFact | FolderFact]:
    """The facts for the needs that `labnode files` was asked for."""
    facts = {path: file_fact(data) for path, data in json.loads(answer).items()}
    found: dict[FileNeed | FolderNeed, FileFact | FolderFact] = {}
    for need in needs:
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
